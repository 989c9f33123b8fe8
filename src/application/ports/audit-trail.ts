import type { Role } from '../../domain/access/identity.js';
import type { TenantId } from '../../domain/shared/ids.js';

/** One thing that somebody did. What is kept of a text has a limit of the adapter's, and says when it was reached. Holds no words of a conversation, no whole telephone number, no secret. */
export interface AuditEntry {
  /** `system`: the gateway itself, or the machine it runs on (a signal, a changed file). */
  readonly actor: { readonly subject: string; readonly role: Role | 'system' };
  /** Whose things were touched; null for those of the platform. */
  readonly tenantId: TenantId | null;
  /** Operation, as the API names it. */
  readonly act: string;
  /** What it was done to: id of a call, a recording, a tenant; how much of a person was erased here. Empty when nothing came to be. */
  readonly subject: string;
  /** `refused`: by rules; `failed`: something broke. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Status or code of the answer. */
  readonly code: string;
  /** Same as in the log lines of the request; empty when nobody asked by HTTP. */
  readonly requestId: string;
  /** SHA-256 (hex) of what was there before and is there after a change of configuration; null: nothing. */
  readonly change?: { readonly before: string | null; readonly after: string | null };
}

/**
 * Who did what, in one chain that shows when something was changed or left out. Throws PortError `audit-trail/unavailable` when it
 * cannot be made durable: then the client is told that its act may not count as done.
 */
export interface AuditTrail {
  /** Resolves when the entry is durable. */
  record(entry: AuditEntry, signal: AbortSignal): Promise<void>;
  /** False: entries cannot be kept now; acts are refused before they begin. */
  readonly ready: boolean;
  /** What was accepted is written first. Later entries are refused. Idempotent. */
  close(): Promise<void>;
}
