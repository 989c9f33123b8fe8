import { expect } from 'chai';
import { RedisLiveFeed } from '../../../../src/adapters/state/redis/redis-live-feed.js';
import { RedisSubscriber } from '../../../../src/adapters/state/redis/redis-subscriber.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import type { FeedNotice } from '../../../../src/application/ports/live-feed.js';
import type { DomainEvent } from '../../../../src/domain/shared/domain-event.js';
import { tenantId } from '../../../../src/domain/shared/ids.js';
import { liveFeedContract } from '../../../contract/live-feed.contract.js';
import { aDomainEvent } from '../../../support/builders/a-domain-event.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { until } from '../../../support/until.js';
import { RedisWorld } from './redis-world.js';

describe('RedisLiveFeed', () => {
  const bank = tenantId('north-bank');
  const clock = new SystemClock({ onFault: (fault) => { throw fault instanceof Error ? fault : new Error(String(fault)); } });
  let world: RedisWorld;
  let metrics: RecordingMetrics;
  const subscribers: RedisSubscriber[] = [];
  const feeds: RedisLiveFeed[] = [];

  before(async () => { world = await RedisWorld.start({ durable: true }); });
  after(async () => { await world.stop(); });
  beforeEach(async () => {
    metrics = new RecordingMetrics();
    await world.empty();
  });
  afterEach(async () => {
    for (const feed of feeds.splice(0)) await feed.close();
    for (const subscriber of subscribers.splice(0)) await subscriber.close();
    await world.disconnect();
  });

  const open = async (): Promise<RedisLiveFeed> => {
    const subscriber = RedisSubscriber.open({ url: world.server.url, commandTimeoutMs: 1000, connectTimeoutMs: 5000, logger: silentLogger, random: () => 0 });
    subscribers.push(subscriber);
    const feed = new RedisLiveFeed({ connection: await world.connect(), subscriber, keys: world.keys, clock, logger: silentLogger, metrics });
    feeds.push(feed);
    return feed;
  };

  liveFeedContract(async () => ({ feed: await open(), other: await open(), pass: (ms) => world.age(ms) }));

  const some = (count: number): readonly DomainEvent[] => Array.from({ length: count }, (_, index) => aDomainEvent(undefined, { sequence: index + 1 }));
  const follow = async (feed: RedisLiveFeed): Promise<string[]> => {
    const told: string[] = [];
    feed.follow({ tenantId: bank }, null, (notice: FeedNotice) => { told.push(notice.type === 'event' ? notice.event.id : notice.type); });
    await until(() => told.includes('current'));
    return told;
  };

  it('goes on by itself when Redis was away: what happened meanwhile is told, in order, without a gap', async () => {
    const [feed, other] = [await open(), await open()];
    const told = await follow(other);
    const events = some(30);
    feed.publish(events.slice(0, 10));
    await until(() => told.includes(events[9]!.id));
    await world.kill();
    feed.publish(events.slice(10, 20));
    await world.server.restart();
    feed.publish(events.slice(20));
    await until(() => told.includes(events[29]!.id));
    expect([...new Set(told)], 'repetitions may come').to.deep.equal(['current', ...events.map(({ id }) => id)]);
  });

  it('tells a gap when Redis was away for too long', async () => {
    const feed = await open();
    const told = await follow(feed);
    await world.kill();
    const many = some(10_500);
    for (const event of many) feed.publish([event]);
    await until(() => metrics.value('feed_lost_total') >= 500);
    await world.server.restart();
    await until(() => told.includes(many.at(-1)!.id));
    expect(told.indexOf('gap')).to.equal(1);
    expect(await world.immortal()).to.deep.equal([]);
  });

  it('leaves no key for ever, and nothing that nobody can read in the way', async () => {
    const feed = await open();
    const told = await follow(feed);
    feed.publish(some(3));
    await world.inspector.publish(`${world.keys.feedOfTenantPrefix}north-bank`, '1-1 {"from":"another version"}');
    await until(() => told.includes('gap') && told.length === 5);
    expect(await world.immortal()).to.deep.equal([]);
  });
});
