import { expect } from 'chai';
import { Platform } from '../support/platform.js';

const CALLS = 20;
const LIMIT = 10;
const MANY = (count: number): string[] => ['--voice', 'fake', '--concurrency', String(count), '--repeat', String(count), '--stagger-ms', '50'];

/** A node that is to end, and a node that is full, with real calls on it. */
describe('Many calls on a real Asterisk', function () {
  this.timeout(120_000);
  let platform: Platform;
  afterEach(async () => { await platform.stop(); });

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => { platform = await Platform.start({ env }); };
  const until = async (what: string, condition: () => Promise<boolean>, limitMs: number): Promise<number> => {
    const began = performance.now();
    while (!(await condition())) {
      if (performance.now() - began > limitMs) throw new Error(`${what}: not within ${limitMs} ms\n${platform.gateway.output.slice(-3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return performance.now() - began;
  };

  it(`are all heard to their end when the node is drained, ${CALLS} of them, and it ends right after the last`, async () => {
    await start();
    const simulated = platform.simulate(['test/scenarios/calls/listens.yaml'], MANY(CALLS));
    await until('all calls are up', async () => (await platform.metric('calls_active')) === CALLS, 30_000);
    platform.gateway.signal('SIGTERM');
    await until('readiness is withdrawn', async () => !(await platform.ready()), 1000);
    expect(await platform.gateway.ended(30_000)).to.equal(0);
    const endedAtMs = Date.now();
    const result = await simulated;
    expect(result.calls.filter(({ ok }) => !ok).map(({ failures }) => failures), result.output).to.deep.equal([]);
    expect(result.calls).to.have.length(CALLS);
    const ends = (await platform.events()).filter(({ type }) => type.includes('call.ended')) as readonly { readonly time: string }[] & Awaited<ReturnType<Platform['events']>>;
    expect(ends.map(({ data }) => data['reason'])).to.deep.equal(Array.from({ length: CALLS }, () => 'caller_hangup'));
    const lastMs = Math.max(...(ends as unknown as readonly { time: string }[]).map(({ time }) => Date.parse(time)));
    expect(endedAtMs - lastMs, 'ms from the last call to the end of the process').to.be.below(3000); // 1 s is the promise, the rest this machine's noise
  });

  it(`beyond the limit are refused at once with congestion, and those within it go on undisturbed`, async () => {
    await start({ VG_LIMITS_CALLS_MAX: String(LIMIT) });
    const result = await platform.simulate(['test/scenarios/calls/listens.yaml'], MANY(2 * LIMIT));
    const [served, refused] = [result.calls.filter(({ ok }) => ok), result.calls.filter(({ ok }) => !ok)];
    expect(served, result.output).to.have.length(LIMIT);
    expect(refused, result.output).to.have.length(LIMIT);
    expect(await platform.metric('calls_rejected_total', { reason: 'node_limit' })).to.equal(LIMIT);
    const slow = await platform.metric('call_refusal_seconds_count') - await platform.metric('call_refusal_seconds_bucket', { le: '0.2' });
    expect(slow, 'refusals that took longer than 200 ms').to.be.at.most(1);
    await platform.untilIdle();
  });
});
