import { expect } from 'chai';
import { RedisCallHistory } from '../../../../src/adapters/state/redis/redis-call-history.js';
import type { ScriptCall } from '../../../../src/adapters/state/redis/redis-connection.js';
import { CONTRACT_RETENTION, callHistoryContract } from '../../../contract/call-history.contract.js';
import { NOON_MS, aHistoryStep, aSummary } from '../../../support/builders/a-kept-call.js';
import { EVERY_EVENT } from '../../../support/builders/every-event.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { RedisWorld } from './redis-world.js';

describe('RedisCallHistory', () => {
  const signal = new AbortController().signal;
  let world: RedisWorld;
  let clock: VirtualClock;

  before(async () => { world = await RedisWorld.start(); });
  after(async () => { await world.stop(); });
  beforeEach(async () => {
    clock = new VirtualClock({ wallStart: new Date(NOON_MS).toISOString() });
    await world.empty();
  });
  afterEach(async () => { await world.disconnect(); });

  const open = async (): Promise<RedisCallHistory> => new RedisCallHistory({ connection: await world.connect(), keys: world.keys, ...CONTRACT_RETENTION, clock });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await world.age(ms);
  };

  callHistoryContract(async () => ({ history: await open(), pass }));

  const step = aHistoryStep(aSummary(0), Object.values(EVERY_EVENT));

  it('is one history for all nodes', async () => {
    const [one, other] = [await open(), await open()];
    await one.append([step], signal);
    expect((await other.find(step.tenantId, step.callId, signal))?.events).to.deep.equal(step.events);
  });

  it('has nothing of an erased call in its memory, though it was another node that erased it', async () => {
    const [one, other] = [await open(), await open()];
    const another = aHistoryStep(aSummary(1, { callerNumber: '+4930777002' }));
    const theirs = aHistoryStep(aSummary(0, { callerNumber: '+4930777001' }));
    await one.append([theirs, another], signal);
    const held = (history: RedisCallHistory): readonly string[] => [...(history as unknown as { summaries: { known: Map<string, { call: { callId: string } }> } }).summaries.known.values()].map(({ call }) => call.callId);
    for (const history of [one, other]) await history.list(step.tenantId, {}, { limit: 10, cursor: null }, signal);
    expect(await one.eraseSubject(step.tenantId, '+4930777001', signal)).to.deep.equal([theirs.callId]);
    expect(held(one)).to.deep.equal([another.callId]);
    expect(await other.eraseSubject(step.tenantId, '+4930777001', signal)).to.deep.equal([]);
    expect(held(other)).to.deep.equal([another.callId]);
    await one.erase(step.tenantId, another.callId, signal);
    expect(held(one)).to.deep.equal([]);
    expect(await other.find(step.tenantId, another.callId, signal)).to.equal(null);
    expect(held(other)).to.deep.equal([]);
    const fresh = await open();
    await one.append([another], signal);
    await fresh.eraseSubject(step.tenantId, '+4930777009', signal);
    expect(held(fresh), 'read to be erased').to.deep.equal([]);
  });

  it('has words in one key only, which is gone when their time is up, and leaves no key for ever', async () => {
    const history = await open();
    await history.append([step, { ...step, call: null, events: [] }], signal);
    expect(await world.immortal()).to.deep.equal([]);
    const holding = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      for (const key of await world.inspector.keys('*')) {
        const type = await world.inspector.type(key);
        const text = type === 'string' ? await world.inspector.get(key) : type === 'list' ? await world.inspector.lrange(key, 0, -1) : type === 'hash' ? await world.inspector.hgetall(key) : '';
        if (/where is my card|on its way|It is on/u.test(JSON.stringify(text))) found.push(key.replace(/^.*:/u, ''));
      }
      return found;
    };
    expect(await holding()).to.deep.equal(['words']);
    await pass(7 * 24 * 3_600_000 + 1);
    expect(await holding()).to.deep.equal([]);
    await pass(24 * 24 * 3_600_000);
    expect(await world.inspector.keys('*')).to.deep.equal(['vg:history:usage:north-bank:2026-11-20']);
    await pass(400 * 24 * 3_600_000);
    expect(await world.inspector.dbsize()).to.equal(0);
  });

  it('forgets in the index what has ended, and reads on past what it cannot', async () => {
    const history = await open();
    await history.append([0, 1, 2].map((at) => aHistoryStep(aSummary(at))), signal);
    const [gone, odd] = [aSummary(0), aSummary(1)].map(({ callId }) => `vg:history:call:north-bank:${callId}`);
    await world.inspector.del(gone ?? '');
    await world.inspector.set(odd ?? '', '{"from":"another version"}', 'PX', 1000);
    const { calls } = await history.list(step.tenantId, {}, { limit: 10, cursor: null }, signal);
    expect(calls).to.deep.equal([aSummary(2)]);
    expect(await world.inspector.zcard('vg:history:calls:north-bank')).to.equal(2);
  });

  describe('the sums of days', () => {
    const DAY_MS = 24 * 3_600_000;
    const SPAN = { from: '2026-11-20', to: '2026-11-22' };
    const ended = { state: 'ended', answeredAt: new Date(NOON_MS).toISOString(), endedAt: new Date(NOON_MS + 60_000).toISOString() } as const;
    const count = async (history: RedisCallHistory): Promise<readonly number[]> => {
      const { calls, connectedMs } = await history.usage(step.tenantId, SPAN, signal);
      return [calls, connectedMs];
    };
    const forgetSums = async (): Promise<void> => { await world.inspector.del(...await world.inspector.keys('vg:history:usage:*'), ...await world.inspector.keys('vg:history:counted:*')); };

    it('are made of what an earlier version kept, once for each day', async () => {
      const history = await open();
      await history.append(Array.from({ length: 450 }, (_, at) => aHistoryStep(aSummary(at * 1000, ended))), signal);
      await forgetSums();
      await history.append([aHistoryStep(aSummary(500_000)), aHistoryStep(aSummary(DAY_MS))], signal);
      expect(await count(history)).to.deep.equal([452, 450 * 60_000]);
      await pass(DAY_MS);
      expect(await count(history), 'counted through once more, the day being over').to.deep.equal([452, 450 * 60_000]);
      await world.inspector.del(...await world.inspector.keys('vg:history:call:*'));
      expect(await count(history), 'and not again').to.deep.equal([452, 450 * 60_000]);
    });

    it('are right when nodes of an earlier version wrote beside us, once the day is over', async () => {
      const history = await open();
      await history.append([aHistoryStep(aSummary(0)), aHistoryStep(aSummary(1))], signal);
      expect(await count(history)).to.deep.equal([2, 0]);
      await world.inspector.set(`vg:history:call:north-bank:${step.callId}`, JSON.stringify(aSummary(0, ended)), 'PX', 20 * DAY_MS);
      await pass(DAY_MS);
      expect(await count(history)).to.deep.equal([2, 60_000]);
    });

    it('count a call of an earlier version that is erased before anybody asked', async () => {
      const history = await open();
      await history.append([aHistoryStep(aSummary(0, ended))], signal);
      await forgetSums();
      expect(await history.erase(step.tenantId, step.callId, signal)).to.equal(true);
      expect(await count(history)).to.deep.equal([1, 60_000]);
    });

    it('keep what a call counts that ends while its day is counted through', async () => {
      const other = await open();
      await other.append([aHistoryStep(aSummary(0))], signal);
      await forgetSums();
      const connection = await world.connect();
      const run = connection.run.bind(connection);
      connection.run = async (asked: ScriptCall) => {
        if (asked.script.name === 'count-calls' && asked.args.includes(step.callId)) await other.append([aHistoryStep(aSummary(0, ended))], signal);
        return run(asked);
      };
      expect(await count(new RedisCallHistory({ connection, keys: world.keys, ...CONTRACT_RETENTION, clock }))).to.deep.equal([1, 60_000]);
    });

    it('count each call once though many nodes tell and count at one time', async () => {
      const nodes = [await open(), await open(), await open()];
      await Promise.all(nodes.flatMap((node) => [node.append(Array.from({ length: 100 }, (_, at) => aHistoryStep(aSummary(at, ended))), signal), count(node)]));
      expect(await count(nodes[0]!)).to.deep.equal([100, 100 * 60_000]);
    });
  });

  it('takes a call with thousands of events at once', async () => {
    const history = await open();
    const long = aHistoryStep(aSummary(0), Array.from({ length: 2500 }, () => EVERY_EVENT['dtmf.received']));
    await history.append([long], signal);
    expect((await history.find(long.tenantId, long.callId, signal))?.events).to.have.lengthOf(2500);
  });
});
