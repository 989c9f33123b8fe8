import { expect } from 'chai';
import { Platform, type SimulationResult } from '../support/platform.js';
import { RedisServer } from '../support/servers/redis-server.js';

const CALLS = 20;
const SCRIPT = 'test/scenarios/calls/outlives-its-gateway.yaml';
/** What a caller may hear of it; the promise is 8 s, the rest is for a machine that others use too. */
const GAP_MS_MAX = 12_000;

/** A gateway dies without a word, with callers in the middle of a sentence. */
describe('Calls whose gateway is killed', function () {
  this.timeout(180_000);
  let redis: RedisServer;
  let platform: Platform;
  before(async () => { redis = await RedisServer.start(); });
  after(async () => { await redis.stop(); });
  beforeEach(async () => {
    platform = await Platform.start({ rtpPorts: CALLS * 10, env: { VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: redis.url, VG_NODE_NAME: 'node-a' } });
  });
  afterEach(async () => { await platform.stop(); });

  const until = async (what: string, condition: () => Promise<boolean>, limitMs: number): Promise<number> => {
    const began = performance.now();
    while (!(await condition())) {
      if (performance.now() - began > limitMs) throw new Error(`${what}: not within ${limitMs} ms\n${platform.gateway.output.slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return performance.now() - began;
  };
  const askedForPin = async (): Promise<number> =>
    (await platform.events()).filter(({ type, data }) => type.includes('turn.completed') && String(data['heard']).includes('four digit pin')).length;
  const simulated = (): Promise<SimulationResult> =>
    platform.simulate([SCRIPT], ['--concurrency', String(CALLS), '--repeat', String(CALLS), '--stagger-ms', '100'], 150_000);

  const outcome = async (running: Promise<SimulationResult>): Promise<void> => {
    const result = await running;
    expect(result.calls.filter(({ ok }) => !ok).map(({ failures }) => failures), result.output.slice(-6000)).to.deep.equal([]);
    expect(result.calls).to.have.length(CALLS);
    expect(Math.max(...result.calls.map(({ max_gap_ms }) => max_gap_ms ?? 0)), 'longest silence').to.be.below(GAP_MS_MAX);
    await until('all ends are told', async () => (await platform.events()).filter(({ type }) => type.includes('call.ended')).length === CALLS, 30_000);
    const events = await platform.events();
    const resumed = events.filter(({ type }) => type.includes('call.resumed'));
    expect(resumed, 'calls gone on with').to.have.length(CALLS);
    for (const { data } of resumed) expect(data).to.include({ formerNode: 'node-a' });
    for (const call of new Set(events.map(({ subject }) => subject))) {
      const sequences = [...new Set(events.filter(({ subject }) => subject === call).map(({ sequence }) => Number(sequence)))];
      expect(sequences, `events of ${call}`).to.deep.equal(sequences.map((_, index) => index + 1));
    }
    await platform.untilIdle();
  };

  it('are gone on with by the same gateway when it is started again', async () => {
    const running = simulated();
    await until('all callers are asked for their pin', async () => await askedForPin() >= CALLS, 60_000);
    await platform.gateway.stop('SIGKILL');
    await platform.startGateway();
    const adoptedInMs = await until('all calls are adopted', async () => (await platform.metric('calls_adopted_total', { outcome: 'adopted' })) === CALLS, 20_000);
    expect(adoptedInMs, 'after it is ready').to.be.below(5000);
    await outcome(running);
  });

  it('are gone on with by another gateway that shares their state', async () => {
    const other = await platform.startSecondGateway({ VG_NODE_NAME: 'node-b', VG_ASTERISK_APP: 'voice-gateway-b' });
    const running = simulated();
    await until('all callers are asked for their pin', async () => await askedForPin() >= CALLS, 60_000);
    await platform.gateway.stop('SIGKILL');
    platform.useGateway(other);
    await until('all calls are adopted', async () => (await platform.metric('calls_adopted_total', { outcome: 'adopted' })) === CALLS, 30_000);
    await outcome(running);
  });
});
