import { InterruptiblePause } from '../../../application/lifecycle/interruptible-pause.js';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import { BACKLOG_EVENTS_MAX, BACKLOG_MS, BACKLOG_OF_ALL_EVENTS_MAX, type FeedScope, type Follower, type LiveFeed } from '../../../application/ports/live-feed.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import { FeedFollowing } from './feed-following.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisSubscriber } from './redis-subscriber.js';
import { PUBLISH_FEED } from './scripts/feed.js';

const PORT = 'live-feed';
/** Events that wait for Redis. Past it the oldest are dropped, and a gap takes their place. */
const WAITING_MAX = 10_000;
/** Events told by one script. */
const BATCH_MAX = 200;
const RETRY_MS = 250;

export interface RedisLiveFeedOptions {
  /** Both stay the opener's to close. */
  readonly connection: RedisConnection;
  readonly subscriber: RedisSubscriber;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The feed of several nodes: streams in Redis for those who come back, channels for those who are there. */
export class RedisLiveFeed implements LiveFeed {
  private waiting: DomainEvent[] = [];
  /** Tenants some of whose events were dropped, and whose followers have not been told so. */
  private readonly lost = new Set<TenantId>();
  private readonly followings = new Set<FeedFollowing>();
  private readonly pause: InterruptiblePause;
  private readonly ending = new AbortController();
  private sending: Promise<void> | null = null;

  constructor(private readonly options: RedisLiveFeedOptions) {
    this.pause = new InterruptiblePause(options.clock);
  }

  publish(events: readonly DomainEvent[]): void {
    if (this.ending.signal.aborted || events.length === 0) return;
    this.waiting.push(...events);
    if (this.waiting.length > WAITING_MAX) this.dropOldest(this.waiting.length - WAITING_MAX);
    this.sending ??= this.send();
  }

  follow(scope: FeedScope, after: string | null, follower: Follower): Cancel {
    if (this.ending.signal.aborted) return () => undefined;
    const { keys, metrics } = this.options;
    const following: FeedFollowing = new FeedFollowing(this.options, {
      stream: scope.tenantId === undefined ? keys.feedOfAll : this.streamOf(scope.tenantId),
      eventsMax: scope.tenantId === undefined ? BACKLOG_OF_ALL_EVENTS_MAX : BACKLOG_EVENTS_MAX,
      after, follower,
      onEnd: () => {
        this.followings.delete(following);
        metrics.gauge('feed_followers', this.followings.size);
      },
    });
    this.followings.add(following);
    metrics.gauge('feed_followers', this.followings.size);
    return () => { following.end(); };
  }

  /** What waits is told if Redis takes it at once. */
  async close(): Promise<void> {
    for (const following of this.followings) following.end();
    this.pause.end();
    await this.sending;
    this.ending.abort();
  }

  private async send(): Promise<void> {
    await Promise.resolve(); // what happens in the same turn goes together
    while (this.waiting.length > 0 || this.lost.size > 0) {
      const [lost, batch] = [[...this.lost], this.waiting.splice(0, BATCH_MAX)];
      try {
        await this.tell(lost, batch);
        for (const tenant of lost) this.lost.delete(tenant);
      } catch {
        this.waiting.unshift(...batch); // perhaps they were told: then they come twice
        if (this.waiting.length > WAITING_MAX) this.dropOldest(this.waiting.length - WAITING_MAX);
        await this.pause.wait(RETRY_MS);
        if (this.pause.ended) { this.dropOldest(this.waiting.length); break; }
      }
    }
    this.sending = null; // in the same turn as the last look at what waits
  }

  private tell(lost: readonly TenantId[], events: readonly DomainEvent[]): Promise<unknown> {
    const { connection, keys } = this.options;
    return connection.run({
      port: PORT, script: PUBLISH_FEED, keys: [keys.feedOfAll],
      args: [
        keys.feedOfTenantPrefix, BACKLOG_EVENTS_MAX, BACKLOG_OF_ALL_EVENTS_MAX, BACKLOG_MS,
        ...lost.flatMap((tenant) => [encodeURIComponent(tenant), '']), ...events.flatMap((event) => [encodeURIComponent(event.tenantId), JSON.stringify(event)]),
      ],
      signal: this.ending.signal,
    });
  }

  private dropOldest(count: number): void {
    if (count === 0) return;
    for (const { tenantId } of this.waiting.splice(0, count)) this.lost.add(tenantId);
    this.options.metrics.count('feed_lost_total', { reason: 'unavailable' }, count);
  }

  private streamOf(tenantId: TenantId): string {
    return this.options.keys.feedOfTenantPrefix + encodeURIComponent(tenantId);
  }
}
