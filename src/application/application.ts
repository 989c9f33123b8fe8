import type { Identity } from '../domain/access/identity.js';
import type { CallRecord } from '../domain/call/call.js';
import type { Recording } from '../domain/recording/recording.js';
import type { TenantId } from '../domain/shared/ids.js';
import type { RecordingFilter, RecordingPage } from './ports/recording-store.js';

/** Where the process is in its life. `draining`: calls go on, new ones are refused. */
export type LifePhase = 'starting' | 'serving' | 'draining' | 'stopped';

/** One thing outside that we depend on. */
export interface DependencyHealth {
  readonly name: string;
  readonly ready: boolean;
  /** True when calls cannot be taken without it; the others are only told. */
  readonly required: boolean;
  /** For people; no secrets, no personal data. */
  readonly detail: string;
}

export interface Health {
  readonly phase: LifePhase;
  readonly dependencies: readonly DependencyHealth[];
  readonly callsActive: number;
  /** Past it new calls are refused. */
  readonly callsMax: number;
}

/** A recording as a WAV. */
export interface RecordingAudio {
  readonly recording: Recording;
  readonly lengthBytes: number;
  /** Bytes `first` to `last`, both included. Throws PortError `recording-store/*`. */
  read(first: number, last: number): AsyncIterable<Uint8Array>;
}

/** All that a driving adapter (HTTP, command line) sees of the application. */
export interface Application {
  readonly queries: {
    /** Calls not ended, newest first, at most `limit`. Throws PortError `call-repository/*`. */
    liveCalls(filter: { readonly tenantId?: TenantId }, limit: number, signal: AbortSignal): Promise<readonly CallRecord[]>;
    /** Synchronous and cheap: it is asked for by every probe. */
    health(): Health;
    /** Complete ones, newest first. These throw PortError `recording-store/*`. */
    recordings(tenantId: TenantId, filter: RecordingFilter, page: { readonly limit: number; readonly after: string | null }, signal: AbortSignal): Promise<RecordingPage>;
    /** Null: the tenant has no such recording. */
    recording(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<RecordingAudio | null>;
    /** Null: the link is none of ours, its time is up, or the recording is gone. */
    linkedRecording(link: string, signal: AbortSignal): Promise<RecordingAudio | null>;
  };
  readonly commands: {
    /** Refuses new calls from now on; resolves when the last call has ended or the drain deadline has passed. Idempotent. */
    drain(): Promise<void>;
    /** A ticket with the rights of `identity`. Throws PortError `tickets/*`. */
    issueTicket(identity: Identity, signal: AbortSignal): Promise<{ readonly ticket: string; readonly ttlMs: number }>;
    /** Null: the tenant has no such recording. `expiresAt`: ISO 8601 UTC. */
    linkRecording(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<{ readonly link: string; readonly expiresAt: string } | null>;
    /** False: there was none. */
    eraseRecording(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<boolean>;
    /** All that is kept of calls from and to a number; how many of each there were. */
    eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<{ readonly recordings: number; readonly calls: number }>;
  };
}
