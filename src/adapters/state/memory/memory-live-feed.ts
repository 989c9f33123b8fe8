import { Mailbox } from '../../../application/lifecycle/mailbox.js';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import type { IdSource } from '../../../application/ports/id-source.js';
import { BACKLOG_EVENTS_MAX, BACKLOG_MS, BACKLOG_OF_ALL_EVENTS_MAX, FOLLOWER_WAITING_MAX, type FeedNotice, type FeedScope, type Follower, type LiveFeed } from '../../../application/ports/live-feed.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import { EventBacklog, type KeptEvent } from './event-backlog.js';

export interface MemoryLiveFeedOptions {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Following {
  readonly scope: FeedScope;
  readonly mailbox: Mailbox<FeedNotice>;
}

/** The feed of one process. Positions end with it. */
export class MemoryLiveFeed implements LiveFeed {
  private readonly ofAll = new EventBacklog(BACKLOG_OF_ALL_EVENTS_MAX);
  private readonly ofTenants = new Map<TenantId, EventBacklog>();
  private readonly followings = new Set<Following>();
  private readonly epoch: string;
  private number = 0;
  private trimmedAtMs: number;
  private closed = false;

  constructor(private readonly options: MemoryLiveFeedOptions) {
    this.epoch = options.ids.next();
    this.trimmedAtMs = options.clock.nowMs();
  }

  publish(events: readonly DomainEvent[]): void {
    if (this.closed) return;
    const atMs = this.options.clock.nowMs();
    if (atMs - this.trimmedAtMs >= BACKLOG_MS) this.trimAll(atMs);
    for (const event of events) {
      this.number += 1;
      const entry = { number: this.number, atMs, event };
      this.ofAll.add(entry);
      this.backlogOf(event.tenantId).add(entry);
      for (const { scope, mailbox } of this.followings) {
        if (scope.tenantId === undefined || scope.tenantId === event.tenantId) mailbox.post(this.noticeOf(entry));
      }
    }
  }

  follow(scope: FeedScope, after: string | null, follower: Follower): Cancel {
    const following: Following = {
      scope, mailbox: new Mailbox<FeedNotice>({
        receive: follower, waitingMax: FOLLOWER_WAITING_MAX, overflow: { type: 'gap' },
        onFault: (error) => {
          this.options.logger.warn('a follower of the live feed failed and is let go', {}, error);
          this.leave(following);
        },
      }),
    };
    if (this.closed) return () => undefined;
    this.followings.add(following);
    this.options.metrics.gauge('feed_followers', this.followings.size);
    following.mailbox.postAll([...(after === null ? [] : this.missed(scope, after)), { type: 'current' }]);
    return () => { this.leave(following); };
  }

  close(): Promise<void> {
    this.closed = true;
    for (const following of this.followings) this.leave(following);
    this.ofTenants.clear();
    return Promise.resolve();
  }

  private leave(following: Following): void {
    following.mailbox.close();
    this.followings.delete(following);
    this.options.metrics.gauge('feed_followers', this.followings.size);
  }

  private missed({ tenantId }: FeedScope, after: string): readonly FeedNotice[] {
    const backlog = tenantId === undefined ? this.ofAll : this.backlogOf(tenantId);
    backlog.trim(this.options.clock.nowMs());
    const [epoch, number] = after.split('.');
    const known = epoch === this.epoch && /^\d{1,15}$/u.test(number ?? '') && Number(number) <= this.number;
    const since = known ? backlog.since(Number(number)) : null;
    if (since !== null) return since.map((entry) => this.noticeOf(entry));
    return [{ type: 'gap' }, ...backlog.all.map((entry) => this.noticeOf(entry))];
  }

  private noticeOf({ number, event }: KeptEvent): FeedNotice {
    return { type: 'event', position: `${this.epoch}.${number}`, event };
  }

  private backlogOf(tenantId: TenantId): EventBacklog {
    const backlog = this.ofTenants.get(tenantId) ?? new EventBacklog(BACKLOG_EVENTS_MAX);
    this.ofTenants.set(tenantId, backlog);
    return backlog;
  }

  private trimAll(nowMs: number): void {
    this.trimmedAtMs = nowMs;
    this.ofAll.trim(nowMs);
    for (const backlog of this.ofTenants.values()) backlog.trim(nowMs);
  }
}
