import type { CallFilter, CallSummary } from '../../domain/call/call-summary.js';
import type { CallUsage, DaySpan } from '../../domain/call/call-usage.js';
import type { DomainEvent } from '../../domain/shared/domain-event.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** Calls of one page at most. */
export const PAGE_CALLS_MAX = 200;
/** Calls looked at for one page: a filter that few calls pass gives short pages, not long waits. */
export const SCANNED_CALLS_MAX = 2000;

/** What is new of a call. */
export interface HistoryStep {
  readonly tenantId: TenantId;
  /** A ULID: history is in the order of time by it. */
  readonly callId: CallId;
  /** The newest summary; null: only events are told. */
  readonly call: CallSummary | null;
  readonly events: readonly DomainEvent[];
}

export interface PageRequest {
  /** 1 to `PAGE_CALLS_MAX`. */
  readonly limit: number;
  /** Of the page before; null for the first. */
  readonly cursor: string | null;
}

export interface CallPage {
  /** Newest first. May be fewer than asked for, even none, though more follow. */
  readonly calls: readonly CallSummary[];
  /** For the next page; null: this was the last. A page does not change by calls that begin meanwhile. */
  readonly cursor: string | null;
}

export interface KeptCall {
  readonly call: CallSummary;
  /** In order of sequence, each once. */
  readonly events: readonly DomainEvent[];
}

/**
 * Past and running calls with all that happened in them, each tenant's apart: another tenant's call is as unknown as one that
 * never was. A call is forgotten when `retentionDays` have passed since it began; the words of its conversation (`wordsOf` an
 * event) after `transcriptDays`, if that is less. From that moment on they are not shown any more; the disk or memory they took
 * is given back within a day. Never on the path of a call. Throws PortError `call-history/*`.
 *
 * What calls used is charged for, so it outlives them: the sums of a day stay for `USAGE_DAYS` (or as long as its calls, if that
 * is longer), also when its calls expire and when calls are erased. Beside them a call's id, the day it began and its figures are
 * kept, without numbers and words, until its time is up: so each call is counted once, however often it is told, and a call that
 * was erased while it went on is not counted again.
 */
export interface CallHistory {
  /** May be repeated: an event that is kept already is kept once. The last summary of a call counts. Of many steps some may be kept when it fails. */
  append(steps: readonly HistoryStep[], signal: AbortSignal): Promise<void>;
  /** Throws `call-history/bad-cursor` (rejected) for a cursor that no page gave. */
  list(tenantId: TenantId, filter: CallFilter, page: PageRequest, signal: AbortSignal): Promise<CallPage>;
  /** Null: this tenant has no such call, or no summary of it was kept. */
  find(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<KeptCall | null>;
  /** False: there was no such call. What a call that goes on tells afterwards is kept anew. */
  erase(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<boolean>;
  /** Erases all calls from or to `number`, compared by its digits as recordings are; which ones there were. */
  eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly CallId[]>;
  /**
   * What calls that began on these days used, each counted once, as its last summary says. Costs by the day, not by the call;
   * calls kept by a version that made no sums are counted when first asked for, bit by bit: who gives up in between has got on.
   */
  usage(tenantId: TenantId, days: DaySpan, signal: AbortSignal): Promise<CallUsage>;
  /** Idempotent. */
  close(): Promise<void>;
}
