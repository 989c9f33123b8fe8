import type { Identity } from '../domain/access/identity.js';
import type { CallRecord } from '../domain/call/call.js';
import type { CallOrder, OrderOutcome } from '../domain/call/call-order.js';
import type { CallStory } from '../domain/call/call-story.js';
import type { CallFilter, CallSummary } from '../domain/call/call-summary.js';
import type { CallUsage } from '../domain/call/call-usage.js';
import type { Tenant } from '../domain/tenant/tenant.js';
import type { CallId, TenantId } from '../domain/shared/ids.js';
import type { Recording } from '../domain/recording/recording.js';
import type { RecordingFilter, RecordingPage } from './ports/recording-store.js';
import type { CallPage, PageRequest } from './ports/call-history.js';
import type { Cancel } from './ports/clock.js';
import type { FeedScope, Follower } from './ports/live-feed.js';
import type { Placing, PlacingRequest } from '../domain/outbound/placing.js';
import type { EditOutcome, TenantEdit, TenantPart, WrittenSettings } from './ports/tenant-editor.js';
import type { Erasure } from './recordings/erase-subject.js';
import type { AuditView } from './calls/read-audit.js';
import type { AuditFilter } from './ports/audit-reader.js';

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

/** One call, past or running, and what happened in it. */
export interface CallAccount {
  readonly call: CallSummary;
  /** Of a running call about a second old. Null: no history is kept, or it cannot be asked now. */
  readonly story: CallStory | null;
  /** The history cannot be asked now: only how the call stands is known. */
  readonly partial?: true;
}

export interface KnownCalls extends CallPage {
  /** What others have cannot be asked for now: these are running calls that this node knows, and there may be more, past and running. */
  readonly partial?: true;
}

/** Calls that began within `from` (inclusive) and `to` (exclusive), ISO 8601 UTC. */
export interface UsagePeriod {
  readonly from: string;
  readonly to: string;
}

export interface TenantUsage extends UsagePeriod, CallUsage {}

/** All that a driving adapter (HTTP, command line) sees of the application. */
export interface Application {
  readonly queries: {
    /** Calls not ended, newest first, at most `limit`. Throws PortError `call-repository/*`. */
    liveCalls(filter: { readonly tenantId?: TenantId }, limit: number, signal: AbortSignal): Promise<readonly CallRecord[]>;
    /** What the audit trail of this node, or of `filter.node` if it can be read here, holds of a tenant; null: it cannot. Throws PortError `audit-reader/unavailable`. */
    auditEntries(tenantId: TenantId, filter: AuditFilter, signal: AbortSignal): Promise<AuditView | null>;
    /**
     * Past and running calls of a tenant, newest first; without a history, or while it cannot be asked, the running ones, in one
     * page. Throws PortError `call-history/*`, `call-repository/*`; of kind `unavailable` or `timeout` only when nothing that was
     * asked for can be known here.
     */
    calls(tenantId: TenantId, filter: CallFilter, page: PageRequest, signal: AbortSignal): Promise<KnownCalls>;
    /** Null: the tenant has no such call (any more), as for a call of another tenant. Throws as `calls` while nobody can say. */
    call(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<CallAccount | null>;
    /** Null: no history is kept. Of whole days (UTC) from sums, which outlive the calls (see `CallHistory`); parts of days are read call by call: give it a deadline. */
    usage(tenantId: TenantId, period: UsagePeriod, signal: AbortSignal): Promise<TenantUsage | null>;
    /** All tenants this node serves, as the next call would find them. Throws PortError `tenant-directory/*`. */
    tenants(signal: AbortSignal): Promise<readonly Tenant[]>;
    tenant(tenantId: TenantId, signal: AbortSignal): Promise<Tenant | null>;
    /** As somebody wrote it, see `TenantEditor`. Throws PortError `tenant-editor/*`. */
    writtenTenant(tenantId: TenantId, part: TenantPart, signal: AbortSignal): Promise<WrittenSettings | 'read-only' | 'not-found'>;
    /** Events of calls as they happen, see `LiveFeed`. */
    follow(scope: FeedScope, after: string | null, follower: Follower): Cancel;
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
    /** Brings an order to the node that has the call; `not-live` also for another tenant's. Throws PortError `call-orders/*`, `call-repository/*`. */
    order(tenantId: TenantId, callId: CallId, order: CallOrder, signal: AbortSignal): Promise<OrderOutcome>;
    /** Erases an ended call from the history; false: there was none, or it still goes on. */
    eraseCall(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<boolean>;
    /** Calls somebody; resolves when it rings, or with why not. Throws PortError when something needed for it is away: nobody was called then. */
    placeCall(request: PlacingRequest, signal: AbortSignal): Promise<Placing>;
    /** See `TenantEditor`. */
    editTenant(tenantId: TenantId, edit: TenantEdit, signal: AbortSignal): Promise<EditOutcome>;
    /** Null: the tenant has no such recording. `expiresAt`: ISO 8601 UTC. */
    linkRecording(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<{ readonly link: string; readonly expiresAt: string } | null>;
    /** False: there was none. */
    eraseRecording(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<boolean>;
    /** All that is kept of calls from and to a number; how many of each there were here, and where something may be left. */
    eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<Erasure>;
  };
}
