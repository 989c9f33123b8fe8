import type { CallRecord } from '../../domain/call/call.js';
import type { DomainEvent } from '../../domain/shared/domain-event.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** A record not written or touched for so long is gone. Spec 4: live session state lives at most 1 h past its last refresh. */
export const CALL_TTL_MS = 3_600_000;
/** The transcript within it, by the same rule. Spec 4: conversation context 30 min. */
export const TRANSCRIPT_TTL_MS = 1_800_000;

export interface StoredCall {
  readonly record: CallRecord;
  /** Grows by one with each accepted write. */
  readonly version: number;
}

/** The newest state of a call and what happened on the way to it. */
export interface CallStep {
  /** `lastSequence` is that of the last event that was ever stored, with this step or before. */
  readonly record: CallRecord;
  /** In order of sequence, each later than those stored before. Empty: only the state changed. */
  readonly events: readonly DomainEvent[];
}

/** Who says what happened: events of one call, by one owner of it. */
export interface Testimony {
  readonly callId: CallId;
  /** The fence the node had when the events happened; 0 for what never became a call. */
  readonly fence: number;
  /** In order of sequence. */
  readonly events: readonly DomainEvent[];
}

/**
 * State of calls, shared between nodes, and the events that led to it. A step is stored whole or not at all: an event is on its
 * way out exactly when the state changed. After a time-out nobody knows whether a write happened, or whether it still will:
 * read first, then decide. Never awaited on the path of audio. Throws PortError `call-repository/*`.
 */
export interface CallRepository {
  /**
   * Writes a new call (`expectedVersion` 0) or the next state of a known one, with its events. Resolves to the new version.
   * Refused with `call-repository/conflict` (rejected), changing nothing: another version than the stored one; a lower fence
   * than the stored one; a state after `ended`; an event that is stored already.
   */
  save(step: CallStep, expectedVersion: number, signal: AbortSignal): Promise<number>;
  /**
   * Stores events that have no state of their own: of an offer that never became a call, of an owner that lost the call to
   * another node, or of a call whose states could not be written when they were new. Those that are stored already, by this
   * or by `save`, are left out, so that it may be repeated. Of many testimonies some may be stored when it fails.
   */
  append(testimonies: readonly Testimony[], signal: AbortSignal): Promise<void>;
  /** A transcript older than `TRANSCRIPT_TTL_MS` comes back empty. */
  find(callId: CallId, signal: AbortSignal): Promise<StoredCall | null>;
  /** Calls not ended, newest first, at most `limit`. */
  findLive(filter: { readonly tenantId?: TenantId; readonly ownerNode?: string }, limit: number, signal: AbortSignal): Promise<readonly StoredCall[]>;
  /** Prolongs the life of live records and their transcripts. Unknown ids are ignored. */
  touch(callIds: readonly CallId[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
