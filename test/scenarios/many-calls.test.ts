import os from 'node:os';
import { expect } from 'chai';
import { redisLeftovers } from '../../bench/soak/redis-leftovers.js';
import { Platform } from '../support/platform.js';
import { RedisServer } from '../support/servers/redis-server.js';

const CALLS = 20;
const LIMIT = 10;
const MANY = (count: number): string[] => ['--voice', 'fake', '--concurrency', String(count), '--repeat', String(count), '--stagger-ms', '50'];
/** 1 s is the promise, the rest this machine's noise: what it took is told. */
const EXIT_MS_MAX = 3000;

/** A node that is to end, and a node that is full, with real calls on it. */
describe('Many calls on a real Asterisk', function () {
  this.timeout(120_000);
  let platform: Platform;
  let redis: RedisServer | undefined;
  afterEach(async () => {
    await platform.stop();
    await redis?.stop();
    redis = undefined;
  });

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => { platform = await Platform.start({ env }); };
  const until = async (what: string, condition: () => Promise<boolean>, limitMs: number): Promise<number> => {
    const began = performance.now();
    while (!(await condition())) {
      if (performance.now() - began > limitMs) throw new Error(`${what}: not within ${limitMs} ms\n${platform.gateway.output.slice(-3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return performance.now() - began;
  };
  const readiness = async (): Promise<number> => (await fetch(`http://127.0.0.1:${platform.httpPort}/readyz`)).status;

  for (const state of ['memory', 'redis'] as const) {
    it(`are all heard to their end when the node is drained, ${CALLS} of them, and it ends right after the last; state in ${state}`, async () => {
      if (state === 'redis') redis = await RedisServer.start();
      await start(redis === undefined ? {} : { VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: redis.url });
      const simulated = platform.simulate(['test/scenarios/calls/listens.yaml'], MANY(CALLS));
      await until('all calls are up', async () => (await platform.metric('calls_active')) === CALLS, 30_000);
      expect(await readiness()).to.equal(200);
      platform.gateway.signal('SIGTERM');
      const withdrawnMs = await until('readiness is withdrawn', async () => (await readiness()) === 503, 1000);
      expect(await platform.gateway.ended(30_000)).to.equal(0);
      const endedAtMs = Date.now();
      const result = await simulated;
      expect(result.calls.filter(({ ok }) => !ok).map(({ failures }) => failures), result.output).to.deep.equal([]);
      expect(result.calls).to.have.length(CALLS);
      const ends = (await platform.events()).filter(({ type }) => type.includes('call.ended'));
      expect(ends.map(({ data }) => data['reason'])).to.deep.equal(Array.from({ length: CALLS }, () => 'caller_hangup'));
      const exitMs = endedAtMs - Math.max(...ends.map(({ time }) => Date.parse(time)));
      process.stdout.write(`      503 after ${withdrawnMs.toFixed(0)} ms, ended ${exitMs} ms after the last call, load average ${(os.loadavg()[0] ?? 0).toFixed(1)}\n`);
      expect(exitMs, 'ms from the last call to the end of the process').to.be.below(EXIT_MS_MAX);
      if (redis !== undefined) await expectNothingLeftIn(redis);
    });
  }

  const expectNothingLeftIn = async (server: RedisServer): Promise<void> => {
    const connection = server.connect();
    try {
      expect(await redisLeftovers(connection, { gatewayThere: false })).to.deep.include({ calls: CALLS, callsNotEnded: 0, outboxEvents: 0, leaked: [] });
    } finally {
      connection.disconnect();
    }
  };

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
