import type { Recording, RecordingBeginning } from '../../domain/recording/recording.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** All given have to hold. */
export interface RecordingFilter {
  readonly callId?: CallId;
  /** Of the caller or the called. */
  readonly number?: string;
  /** Began within, ISO 8601 UTC; `from` is in, `to` is not. */
  readonly from?: string;
  readonly to?: string;
}

export interface RecordingPage {
  /** Newest first, by their ids. */
  readonly recordings: readonly Recording[];
  /** Where the next page begins, which may turn out empty; null: there is none. Erasing what a page had moves nothing out of the next. */
  readonly next: string | null;
}

/** One recording being made. Whoever began it finishes or discards it, once. */
export interface RecordingWriter {
  /**
   * Takes PCM16, caller and agent in turns. Copies it; never blocks and never throws. False: the store is full, hangs or has
   * failed; nothing is taken from then on, and what was is still to be finished or discarded.
   */
  write(interleaved: Int16Array): boolean;
  /** Audio taken so far. */
  readonly audioBytes: number;
  /** The recording is complete from then on. Null: there was no audio, or it was discarded meanwhile; nothing is kept. */
  finish(): Promise<Recording | null>;
  /** Nothing of it is left when it resolves. Also after `finish`. Idempotent. */
  discard(): Promise<void>;
}

/**
 * Keeps recordings as WAV (PCM16, caller left, agent right). One that is being made, or that was torn by a crash and not yet taken
 * up, is not found. Erased is erased: nothing brings it back. Throws PortError `recording-store/*`: `unreadable` (kind `rejected`:
 * its key is not here), `tampered` (`protocol`: it is not what was written), `unavailable`.
 */
export interface RecordingStore {
  /** Never throws: what goes wrong is told by the writer. */
  begin(beginning: RecordingBeginning): RecordingWriter;
  list(tenantId: TenantId, filter: RecordingFilter, page: { readonly limit: number; readonly after: string | null }, signal: AbortSignal): Promise<RecordingPage>;
  /** Null: the tenant has no such recording. */
  find(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<Recording | null>;
  /** Bytes `first` to `last`, both included, of the WAV, which has `wavBytesOf` it. Throws `recording-store/not-found`. */
  read(tenantId: TenantId, recordingId: string, range: { readonly first: number; readonly last: number }): AsyncIterable<Uint8Array>;
  /** False: there was none. */
  erase(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<boolean>;
  /** All from or to a number, also those that are being made here: their writers take nothing more. Those erased. */
  eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly Pick<Recording, 'recordingId' | 'callId'>[]>;
  /** Of any tenant, at most `limit`: those whose time was up at `now` (ISO 8601 UTC). Those erased. */
  eraseExpired(now: string, limit: number, signal: AbortSignal): Promise<readonly Recording[]>;
  close(): Promise<void>;
}
