import { summaryOf } from '../../domain/call/call-summary.js';
import type { DomainEvent } from '../../domain/shared/domain-event.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import type { HistoryStep } from '../ports/call-history.js';
import type { CallRepository, CallStep, StoredCall, Testimony } from '../ports/call-repository.js';
import type { LiveFeed } from '../ports/live-feed.js';
import { isPortError } from '../ports/port-error.js';

/** Calls with writes of which nobody knows whether they happened; past it the oldest is forgotten, and the history lacks what was in it. */
const DOUBTFUL_CALLS_MAX = 10_000;

export interface CallObservers {
  /** Null: no history is kept. */
  readonly history: { tell(step: HistoryStep): void } | null;
  readonly feed: Pick<LiveFeed, 'publish'>;
}

/**
 * The same port; what it has stored is given to the history and the live feed, which never hold up or fail a write. An event that
 * was not stored is not told: at a conflict another node may have the call.
 */
export class ObservedCallRepository implements CallRepository {
  /** Events of writes without an answer. The next write tells whether they are stored: it repeats those that are not. */
  private readonly doubtful = new Map<CallId, readonly DomainEvent[]>();

  constructor(private readonly inner: CallRepository, private readonly observers: CallObservers) {}

  async save(step: CallStep, expectedVersion: number, signal: AbortSignal): Promise<number> {
    try {
      const version = await this.inner.save(step, expectedVersion, signal);
      this.stored(step);
      return version;
    } catch (error) {
      if (!isConflict(error)) this.doubt(step.record.callId, step.events);
      throw error;
    }
  }

  async append(testimonies: readonly Testimony[], signal: AbortSignal): Promise<void> {
    await this.inner.append(testimonies, signal);
    for (const { callId, fence, events } of testimonies) {
      this.doubtful.delete(callId);
      const [first] = events;
      if (first === undefined) continue;
      this.observers.feed.publish(events);
      // What never became a call (fence 0) has no history.
      if (fence > 0) this.observers.history?.tell({ tenantId: first.tenantId, callId, call: null, events });
    }
  }

  find(callId: CallId, signal: AbortSignal): Promise<StoredCall | null> {
    return this.inner.find(callId, signal);
  }

  findLive(filter: { readonly tenantId?: TenantId; readonly ownerNode?: string }, limit: number, signal: AbortSignal): Promise<readonly StoredCall[]> {
    return this.inner.findLive(filter, limit, signal);
  }

  touch(callIds: readonly CallId[], signal: AbortSignal): Promise<void> {
    return this.inner.touch(callIds, signal);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private stored({ record, events }: CallStep): void {
    const firstNow = events[0]?.sequence ?? record.lastSequence + 1;
    const before = (this.doubtful.get(record.callId) ?? []).filter(({ sequence }) => sequence < firstNow);
    this.doubtful.delete(record.callId);
    const all = before.length === 0 ? events : [...before, ...events];
    this.observers.history?.tell({ tenantId: record.tenantId, callId: record.callId, call: summaryOf(record, all), events: all });
    if (all.length > 0) this.observers.feed.publish(all);
  }

  private doubt(callId: CallId, events: readonly DomainEvent[]): void {
    if (events.length === 0) return;
    this.doubtful.delete(callId);
    this.doubtful.set(callId, events);
    for (const [oldest] of this.doubtful) {
      if (this.doubtful.size <= DOUBTFUL_CALLS_MAX) return;
      this.doubtful.delete(oldest);
    }
  }
}

function isConflict(error: unknown): boolean {
  return isPortError(error) && error.code === 'call-repository/conflict';
}
