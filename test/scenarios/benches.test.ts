import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { RedisLeftovers } from '../../bench/soak/redis-leftovers.js';

interface Ran { readonly output: string; readonly figures: Record<string, never> }

/** What each is run with: small, so that it takes seconds. The longest first. */
const BENCHES = {
  soak: ['--calls', '6', '--at-once', '6', '--warm-up', '2'],
  overload: ['--limit', '4', '--rounds', '1', '--seconds', '4', '--no-pin'],
  providers: ['--only', 'deepgram', '--streams', '4'],
  api: ['--calls', '4', '--rate', '20', '--rounds', '1', '--seconds', '2'],
  calls: ['--calls', '4', '--seconds', '2', '--no-pin'],
  state: ['--calls', '50', '--away-s', '2'],
  media: ['--legs', '8', '--seconds', '1', '--stall-ms', '0', '--gateway-cpu', 'any', '--generator-cpu', 'any'],
} as const;
type Bench = keyof typeof BENCHES;
/** They wait most of the time. */
const AT_A_TIME = 2;
const LIMIT_MS = 120_000;

/** That the benches still measure something. How good the figures are is not judged here: a shared machine has its own moods. */
describe('The benches', function () {
  this.timeout(2 * LIMIT_MS);
  let directory: string;
  const outcomes = new Map<Bench, PromiseSettledResult<Ran>>();
  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-bench-'));
    const waiting = Object.keys(BENCHES) as Bench[];
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const [outcome] = await Promise.allSettled([run(name)]);
        outcomes.set(name, outcome);
      }
    }));
  });
  after(async () => { await rm(directory, { recursive: true, force: true }); });

  async function run(name: Bench): Promise<Ran> {
    const file = path.join(directory, `${name}.json`);
    // A bench that misses its goal exits with 1 and has measured all the same.
    const output = await promisify(execFile)(process.execPath, ['dist/bench/main.js', name, ...BENCHES[name], '--json', file], { timeout: LIMIT_MS })
      .then(({ stdout, stderr }) => stdout + stderr, (error: unknown) => { const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }; return stdout + stderr; });
    const text = await readFile(file, 'utf8').catch(() => { throw new Error(`it wrote no figures:\n${output}`); });
    return { output, figures: JSON.parse(text) as Record<string, never> };
  }
  const bench = (name: Bench): Ran => {
    const outcome = outcomes.get(name);
    if (outcome?.status !== 'fulfilled') throw outcome?.reason ?? new Error('it was not run');
    return outcome.value;
  };

  it('send and receive RTP: media', () => {
    const { figures, output } = bench('media');
    const [run] = figures['runs'] as unknown as readonly { legs: number; lossToCaller: number; lossToAgent: number; cpuUsPerCallPerS: number }[];
    expect(run, output).to.include({ legs: 8 });
    expect(run!.lossToCaller, output).to.be.below(0.5);
    expect(run!.lossToAgent, output).to.be.below(0.5);
    expect(run!.cpuUsPerCallPerS).to.be.above(0);
  });

  it('take Redis away and lose nothing: state', () => {
    const { figures, output } = bench('state');
    expect(figures, output).to.include({ outOfOrder: 0, complete: 50 });
    expect(figures['stored'], output).to.equal(figures['events']);
    expect(figures['waited'], output).to.be.above(0);
  });

  it('hold whole calls: calls', () => {
    const { figures, output } = bench('calls');
    expect(figures['calls'], output).to.include({ placed: 4, failed: 0, heldMin: 4 });
    expect((figures['gateway'] as unknown as { process: { cpuMsPerS: number } }).process.cpuMsPerS).to.be.above(0);
  });

  it('cost what they cost: providers', () => {
    const { figures, output } = bench('providers');
    const [deepgram] = figures as unknown as readonly { streams: number; understood: number; finalMs: { p50: number } }[];
    expect(deepgram, output).to.include({ streams: 4, understood: 4 });
    expect(deepgram!.finalMs.p50).to.be.above(0);
  });

  it('soak in calls: soak', () => {
    const { figures, output } = bench('soak');
    expect(figures['calls'], output).to.include({ placed: 8, completed: 8, failed: 0 });
    expect(figures['grown'], output).to.deep.equal({});
    expect(figures['leftovers'], output).to.deep.equal({ channels: 0, bridges: 0, callsActive: 0, mediaLegs: 0 });
    const { gatewayThere, gatewayGone } = figures['redis'] as unknown as Record<string, RedisLeftovers>;
    for (const found of [gatewayThere, gatewayGone]) expect(found, output).to.deep.include({ calls: 8, callsNotEnded: 0, outboxEvents: 0, leaked: [] });
    expect((figures['growth'] as unknown as { heapBytesPerCall: number }).heapBytesPerCall, output).to.be.a('number');
  });

  it('ask the management API while calls are up: api', () => {
    const { figures, output } = bench('api');
    const [quiet, asked] = figures['stretches'] as unknown as readonly { asked: { answers: Record<string, number> } | null; frameIntervalMs: { count: number } }[];
    expect(quiet?.asked, output).to.equal(null);
    expect(asked?.asked?.answers, output).to.deep.equal({ 'list 200': 20, 'get 200': 20 });
    for (const stretch of [quiet, asked]) expect(stretch?.frameIntervalMs.count, output).to.be.above(0);
    expect((figures['calls'] as unknown as { failures: object }).failures, output).to.deep.equal({});
  });

  it('refuse calls: overload', () => {
    const { figures, output } = bench('overload');
    const { byCause } = figures['refusals'] as unknown as { byCause: Readonly<Record<string, number>> };
    expect(Object.keys(byCause), output).to.deep.equal(['34']);
    expect((figures['calls'] as unknown as { failures: object }).failures, output).to.deep.equal({});
    expect(figures['leftovers'], output).to.deep.equal({ channels: 0, bridges: 0, callsActive: 0, mediaLegs: 0 });
  });
});
