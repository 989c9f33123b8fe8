import type { TenantId } from '../../domain/shared/ids.js';
import type { AuditEntry } from './audit-trail.js';

/** An entry as it was kept. */
export interface RecordedAuditEntry extends AuditEntry {
  /** Place in the chain of its node, from 1. */
  readonly sequence: number;
  readonly node: string;
  /** Wall clock, ISO 8601 UTC. */
  readonly at: string;
  /** Texts that were too long and end in "…" now, by their names: SHA-256 (hex, of UTF-8) of the whole. Absent: none was. */
  readonly cut?: Readonly<Record<string, string>>;
}

export interface AuditFilter {
  /** ISO 8601 UTC, included; null: since ever. */
  readonly from: string | null;
  /** ISO 8601 UTC, not included any more; null: until now. */
  readonly to: string | null;
  readonly act: string | null;
  /** Whose chain; null: that of this node. Of one that has none here there is nothing. */
  readonly node: string | null;
  /** At most so many entries. */
  readonly limit: number;
  /** Where the page before ended. One that nobody has given out counts as a beginning that holds nothing. */
  readonly cursor: string | null;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly RecordedAuditEntry[];
  /** Null: there is nothing older. A page may hold few entries or none and still have a next one: one look reads so much and no more. */
  readonly next: string | null;
}

/** What was kept, for those who may know. Throws PortError `audit-reader/unavailable`. */
export interface AuditReader {
  /** @param tenantId whose; null: of everybody, those of the platform too. */
  entries(tenantId: TenantId | null, filter: AuditFilter, signal: AbortSignal): Promise<AuditPage>;
  /** Nodes whose chains can be read here: nodes may share a disk. */
  nodes(signal: AbortSignal): Promise<readonly string[]>;
}
