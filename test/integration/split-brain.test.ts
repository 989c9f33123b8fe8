import { expect } from 'chai';
import { RedisCallClaims } from '../../src/adapters/state/redis/redis-call-claims.js';
import { RedisCallRepository } from '../../src/adapters/state/redis/redis-call-repository.js';
import type { StoredCall } from '../../src/application/ports/call-repository.js';
import { RedisWorld } from '../adapters/state/redis/redis-world.js';
import { Switchboard } from '../application/calls/switchboard.js';
import type { FakeCallLeg } from '../support/fakes/fake-call-leg.js';
import { text } from '../support/fakes/scripted-agent.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { until } from '../support/until.js';

const signal = new AbortController().signal;

/** A node that was only slow still runs a call which another one has claimed, over a real Redis. */
describe('a call with two owners on a real Redis', () => {
  let world: RedisWorld;
  let node: Switchboard;
  let other: RedisCallRepository;
  let claims: RedisCallClaims;
  before(async () => { world = await RedisWorld.start(); });
  after(async () => { await world.stop(); });
  beforeEach(async () => {
    await world.empty();
    const repository = new RedisCallRepository({ connection: await world.connect(), keys: world.keys, logger: silentLogger });
    const connection = await world.connect();
    other = new RedisCallRepository({ connection, keys: world.keys, logger: silentLogger });
    claims = new RedisCallClaims(connection, world.keys);
    node = new Switchboard({ repository, nodeName: 'node-1', agent: { replies: [[text('Your card is on its way.')]] } });
  });
  afterEach(async () => { await world.disconnect(); });

  const inConversation = async (): Promise<FakeCallLeg> => {
    const leg = await node.greeted();
    await node.says(leg, 'where is my card');
    await node.clock.run(1500);
    await until(async () => (await world.told()).filter(({ body }) => body.type === 'turn.completed').length === 2);
    return leg;
  };
  const claim = async (): Promise<StoredCall> => {
    const [live] = await other.findLive({}, 10, signal);
    const claimed = await claims.claim(live!.record.callId, live!.record.fence, 'node-2', signal);
    return claimed!;
  };

  it('is let go by the one that lost it, whose state is never stored again, and tells no end', async () => {
    const leg = await inConversation();
    const claimed = await claim();
    leg.farEnd.presses('1');
    await until(() => node.registry.size === 0);
    expect(node.hangUps.get(leg), 'hung up').to.deep.equal([]);
    expect(leg.wasLetGo).to.equal(true);
    expect(node.metrics.value('calls_let_go_total')).to.equal(1);
    expect(node.clock.pending, 'timers').to.equal(0);
    expect(await other.find(claimed.record.callId, signal)).to.deep.equal(claimed);
    const told = (await world.told()).map(({ body }) => body.type);
    expect(told.at(-1)).to.equal('dtmf.received');
    expect(told).not.to.include('call.ended');
    expect(await other.save({ record: { ...claimed.record, state: 'transferred' }, events: [] }, claimed.version, signal)).to.equal(claimed.version + 1);
  });

  it('goes on with the one that has it when both write at once', async () => {
    const leg = await inConversation();
    const claiming = claim();
    for (const key of '123456') leg.farEnd.presses(key);
    const claimed = await claiming;
    await node.clock.run(2000); // the keys are entered
    await until(() => node.registry.size === 0);
    const stored = await other.find(claimed.record.callId, signal);
    expect(stored?.record).to.include({ ownerNode: 'node-2', fence: 2, state: 'active' });
    const told = await world.told();
    expect(told.filter(({ body }) => body.type === 'call.ended')).to.deep.equal([]);
    expect(new Set(told.map(({ id }) => id)).size, 'told twice').to.equal(told.length);
  });
});
