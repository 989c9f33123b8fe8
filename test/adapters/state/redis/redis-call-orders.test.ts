import { expect } from 'chai';
import { RedisCallOrders } from '../../../../src/adapters/state/redis/redis-call-orders.js';
import type { RedisConnection } from '../../../../src/adapters/state/redis/redis-connection.js';
import { RedisSubscriber } from '../../../../src/adapters/state/redis/redis-subscriber.js';
import { ORDER_DEADLINE_MS } from '../../../../src/application/ports/call-orders.js';
import type { PortError } from '../../../../src/application/ports/port-error.js';
import type { OrderOutcome } from '../../../../src/domain/call/call-order.js';
import { callId } from '../../../../src/domain/shared/ids.js';
import { callOrdersContract } from '../../../contract/call-orders.contract.js';
import { SequentialIds } from '../../../support/fakes/sequential-ids.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { until } from '../../../support/until.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { RedisWorld } from './redis-world.js';

describe('RedisCallOrders', () => {
  const signal = new AbortController().signal;
  const hangUp = { callId: callId('01JCTEST000000000000000001'), order: { type: 'hang-up' } } as const;
  const ids = new SequentialIds();
  let world: RedisWorld;
  let clock: VirtualClock;
  /** Opened last. */
  let connection: RedisConnection;
  const subscribers: RedisSubscriber[] = [];
  const opened: RedisCallOrders[] = [];

  before(async () => { world = await RedisWorld.start({ durable: true }); });
  after(async () => { await world.stop(); });
  beforeEach(() => { clock = new VirtualClock(); });
  afterEach(async () => {
    for (const orders of opened.splice(0)) await orders.close();
    for (const subscriber of subscribers.splice(0)) await subscriber.close();
    await world.disconnect();
    expect(clock.pending, 'timers left').to.equal(0);
  });

  /** The library keeps the timers of commands that have failed: until only that of each subscriber is left, and Mocha's. */
  const untilQuiet = (): Promise<void> => until(() => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length <= subscribers.length + 1);
  const open = async (commandTimeoutMs = 10_000): Promise<RedisCallOrders> => {
    const subscriber = RedisSubscriber.open({ url: world.server.url, commandTimeoutMs, connectTimeoutMs: 5000, logger: silentLogger, random: () => 0 });
    subscribers.push(subscriber);
    connection = await world.connect({ commandTimeoutMs });
    const orders = new RedisCallOrders({ connection, subscriber, keys: world.keys, clock, ids, logger: silentLogger });
    opened.push(orders);
    return orders;
  };
  const codeOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => (error as PortError).code);
  const listeners = async (node: string): Promise<number> => Number((await world.inspector.pubsub('NUMSUB', world.keys.ordersPrefix + node))[1]);

  callOrdersContract(async () => ({ orders: await open(), other: await open(), untilDeadline: () => clock.run(ORDER_DEADLINE_MS) }));

  it('ignores what is no order and no answer', async () => {
    const [orders, other] = [await open(), await open()];
    const given: unknown[] = [];
    other.serve('node-2', (addressed) => { given.push(addressed); return Promise.resolve('accepted'); });
    await until(async () => await listeners('node-2') === 1);
    const channels = (await world.inspector.pubsub('CHANNELS', `${world.keys.answersPrefix}*`)) as string[];
    const garbage = ['', '{', 'null', '[]', '"hang-up"', JSON.stringify({ id: 'a', answerTo: 'b', callId: 'c', order: { type: 'explode' } }), JSON.stringify({ id: 'a', outcome: 'perhaps' }), 'x'.repeat(200_000)];
    for (const text of garbage) for (const channel of [`${world.keys.ordersPrefix}node-2`, ...channels]) await world.inspector.publish(channel, text);
    expect(await orders.issue('node-2', hangUp, signal)).to.equal('accepted');
    expect(given).to.deep.equal([hangUp]);
  });

  it('asks both processes of one name, and believes the one that has the call', async () => {
    const [orders, old, young] = [await open(), await open(), await open()];
    let outcome: OrderOutcome = 'accepted';
    old.serve('node-2', async () => { await until(() => true); return outcome; });
    young.serve('node-2', () => Promise.resolve('not-live'));
    await until(async () => await listeners('node-2') === 2);
    expect(await orders.issue('node-2', hangUp, signal)).to.equal('accepted');
    outcome = 'not-live';
    expect(await orders.issue('node-2', hangUp, signal)).to.equal('not-live');
  });

  it('takes orders for its own calls while Redis is away, and says that others cannot be reached', async () => {
    const orders = await open(300);
    orders.serve('node-1', () => Promise.resolve('accepted'));
    await world.kill();
    expect(await orders.issue('node-1', hangUp, signal)).to.equal('accepted');
    const asked = codeOf(orders.issue('node-2', hangUp, signal));
    await clock.run(ORDER_DEADLINE_MS);
    expect(await asked).to.equal('call-orders/unreachable');
    await world.server.restart();
    await until(async () => connection.ready && await listeners('node-1') === 1);
    await untilQuiet();
  });

  it('serves again by itself when Redis is back', async () => {
    const [orders, other] = [await open(300), await open(300)];
    other.serve('node-2', () => Promise.resolve('accepted'));
    await until(async () => await listeners('node-2') === 1);
    await world.kill();
    await world.server.restart();
    await until(async () => {
      const asked = codeOf(orders.issue('node-2', hangUp, signal));
      await Promise.race([asked, new Promise((resolve) => { setTimeout(resolve, 500).unref(); })]);
      await clock.run(ORDER_DEADLINE_MS); // the order may be heard before the answer can be: on a busy machine it was
      return await asked === 'accepted';
    });
    await untilQuiet();
  });
});
