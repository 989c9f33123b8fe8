import type { CallRecord } from '../../domain/call/call.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';

export interface StoredCall {
  readonly record: CallRecord;
  /** Grows by one with each accepted write. */
  readonly version: number;
}

/**
 * State of calls, shared between nodes. Writes are checked: a write with another version than the stored one is refused
 * (`call-repository/conflict`, kind rejected) and changes nothing. Live records expire 1 h past their last write or touch.
 * Never awaited on the path of audio. Throws PortError `call-repository/*`.
 */
export interface CallRepository {
  /** Writes a new call (`expectedVersion` 0) or the next state of a known one. Resolves to the new version. */
  save(record: CallRecord, expectedVersion: number, signal: AbortSignal): Promise<number>;
  find(callId: CallId, signal: AbortSignal): Promise<StoredCall | null>;
  /** Calls not ended, newest first, at most `limit`. */
  findLive(filter: { readonly tenantId?: TenantId; readonly ownerNode?: string }, limit: number, signal: AbortSignal): Promise<readonly StoredCall[]>;
  /** Prolongs the life of live records. Unknown ids are ignored. */
  touch(callIds: readonly CallId[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
