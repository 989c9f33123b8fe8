import type { Identity } from '../domain/access/identity.js';
import type { CallRecord } from '../domain/call/call.js';
import type { TenantId } from '../domain/shared/ids.js';
import type { AuditFilter, AuditPage } from './ports/audit-reader.js';

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

/** All that a driving adapter (HTTP, command line) sees of the application. */
export interface Application {
  readonly queries: {
    /** Calls not ended, newest first, at most `limit`. Throws PortError `call-repository/*`. */
    liveCalls(filter: { readonly tenantId?: TenantId }, limit: number, signal: AbortSignal): Promise<readonly CallRecord[]>;
    /** What the audit trail of this node holds of a tenant. Throws PortError `audit-reader/unavailable`. */
    auditEntries(tenantId: TenantId, filter: AuditFilter, signal: AbortSignal): Promise<AuditPage>;
    /** Synchronous and cheap: it is asked for by every probe. */
    health(): Health;
  };
  readonly commands: {
    /** Refuses new calls from now on; resolves when the last call has ended or the drain deadline has passed. Idempotent. */
    drain(): Promise<void>;
    /** A ticket with the rights of `identity`. Throws PortError `tickets/*`. */
    issueTicket(identity: Identity, signal: AbortSignal): Promise<{ readonly ticket: string; readonly ttlMs: number }>;
  };
}
