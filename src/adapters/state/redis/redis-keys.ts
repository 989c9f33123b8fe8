import { CALL_TTL_MS, TRANSCRIPT_TTL_MS } from '../../../application/ports/call-repository.js';
import type { CallId } from '../../../domain/shared/ids.js';

const HOUR_MS = 3_600_000;

/** How long things live past their last refresh, milliseconds. Every key has an end. */
export interface RedisLifetimes {
  readonly callMs: number;
  readonly transcriptMs: number;
  /** Spec 4: call routing 2 h. The rows of living calls, by node and tenant. */
  readonly routingMs: number;
  /** The outbox ends only when no node has written to it and no relay has looked at it for so long. */
  readonly outboxMs: number;
}

export const LIFETIMES: RedisLifetimes = { callMs: CALL_TTL_MS, transcriptMs: TRANSCRIPT_TTL_MS, routingMs: 2 * HOUR_MS, outboxMs: 7 * 24 * HOUR_MS };

/** Names of all keys. Nothing else makes one, except scripts that follow a prefix given to them. */
export class RedisKeys {
  readonly outbox: string;
  readonly outboxUnreadable: string;
  readonly outboxLeader: string;
  /** Sorted set of nodes, scored by the time they will be taken for dead. */
  readonly nodes: string;
  /** When a node was last heard of, any. */
  readonly pulse: string;
  readonly incarnationPrefix: string;
  readonly callPrefix: string;
  readonly transcriptPrefix: string;
  readonly ledgerPrefix: string;
  /** Sorted sets of living calls, scored by the time they started. */
  readonly live: string;
  readonly liveOfNodePrefix: string;
  readonly liveOfTenantPrefix: string;
  /** Sorted sets of a tenant's slots, scored by the time they lapse. */
  readonly slotsPrefix: string;
  /** Per tenant: ids of past and running calls, in order; and per call of it: summary, events, words. */
  readonly historyIndexPrefix: string;
  readonly historyPrefix: string;
  /** Per tenant and day: sums of what calls used, and what each call of the day counts in them. */
  readonly historyUsagePrefix: string;
  readonly historyCountedPrefix: string;
  /** Streams of the newest events, of a tenant and of all, and channels of the same names. */
  readonly feedOfTenantPrefix: string;
  readonly feedOfAll: string;
  /** Channels of orders to a node, and of the answers to one process. */
  readonly ordersPrefix: string;
  readonly answersPrefix: string;
  readonly ticketPrefix: string;
  /** Counters of requests to the API. */
  readonly ratePrefix: string;
  /** A tenant's outbound calls: reservations, those of the last second, and what was called on a day (tenant, then day). */
  readonly outboundPrefix: string;
  readonly outboundRatePrefix: string;
  readonly outboundDayPrefix: string;
  readonly idempotencyPrefix: string;
  /** Who refused to be recorded, by keyed hash, and the key. */
  readonly refusalPrefix: string;
  readonly refusalsHashKey: string;

  constructor(prefix: string) {
    this.outbox = `${prefix}outbox`;
    this.outboxUnreadable = `${prefix}outbox:unreadable`;
    this.outboxLeader = `${prefix}outbox:leader`;
    this.nodes = `${prefix}nodes`;
    this.pulse = `${prefix}pulse`;
    this.incarnationPrefix = `${prefix}incarnation:`;
    this.callPrefix = `${prefix}call:`;
    this.transcriptPrefix = `${prefix}transcript:`;
    this.ledgerPrefix = `${prefix}ledger:`;
    this.live = `${prefix}live`;
    this.liveOfNodePrefix = `${prefix}live:node:`;
    this.liveOfTenantPrefix = `${prefix}live:tenant:`;
    this.slotsPrefix = `${prefix}slots:`;
    this.historyIndexPrefix = `${prefix}history:calls:`;
    this.historyPrefix = `${prefix}history:call:`;
    this.historyUsagePrefix = `${prefix}history:usage:`;
    this.historyCountedPrefix = `${prefix}history:counted:`;
    this.feedOfTenantPrefix = `${prefix}feed:tenant:`;
    this.feedOfAll = `${prefix}feed:all`;
    this.ordersPrefix = `${prefix}orders:`;
    this.answersPrefix = `${prefix}answers:`;
    this.ticketPrefix = `${prefix}ticket:`;
    this.ratePrefix = `${prefix}rate:`;
    this.outboundPrefix = `${prefix}outbound:`;
    this.outboundRatePrefix = `${prefix}outbound-rate:`;
    this.outboundDayPrefix = `${prefix}outbound-day:`;
    this.idempotencyPrefix = `${prefix}idempotency:`;
    this.refusalPrefix = `${prefix}refusal:`;
    this.refusalsHashKey = `${prefix}refusals:hash-key`;
  }

  /** The three keys of one call: state, transcript, ledger (which owner has stored events up to which sequence). */
  ofCall(callId: CallId): readonly [string, string, string] {
    return [this.callPrefix + callId, this.transcriptPrefix + callId, this.ledgerPrefix + callId];
  }
}
