import type { DomainEvent } from '../../domain/shared/domain-event.js';
import type { TenantId } from '../../domain/shared/ids.js';
import type { Cancel } from './clock.js';

/** Events kept for those who come back, of one tenant and of all together. */
export const BACKLOG_EVENTS_MAX = 1000;
export const BACKLOG_OF_ALL_EVENTS_MAX = 5000;
/** They are kept for so long. */
export const BACKLOG_MS = 600_000;
/** Events that wait for one follower. Past it all of them are dropped, and it is told so by a `gap`. */
export const FOLLOWER_WAITING_MAX = 1000;

export type FeedNotice =
  | { readonly type: 'event'; readonly position: string; readonly event: DomainEvent }
  /** Events may be missing here: who shows calls reads them anew. */
  | { readonly type: 'gap' }
  /** Once: what was missed has been told, and from now on nothing is missed. */
  | { readonly type: 'current' };

/** Called with one notice after the other; the next waits for the promise. A throw ends the following. */
export type Follower = (notice: FeedNotice) => void | Promise<void>;

export interface FeedScope {
  /** Not given: all tenants. */
  readonly tenantId?: TenantId;
}

/**
 * Events of calls as they happen, on whichever node. In order per call; an event may come twice (`event.id`), and is missing only
 * where a `gap` is told. Nothing here holds up a call.
 */
export interface LiveFeed {
  /** Never blocks and never throws; what cannot be told now waits, bounded, and becomes a `gap` past that. */
  publish(events: readonly DomainEvent[]): void;
  /**
   * What happens from now on; with `after`, the position of an event that was told before, first what has happened since. When that
   * is not kept any more, a `gap` comes first, then what is kept. Positions are of one scope: another's, or what never was one, is too old.
   */
  follow(scope: FeedScope, after: string | null, follower: Follower): Cancel;
  /** Ends all followings. Idempotent. */
  close(): Promise<void>;
}
