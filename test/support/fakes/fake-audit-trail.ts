import type { AuditEntry, AuditTrail } from '../../../src/application/ports/audit-trail.js';

/** Keeps entries where tests can read them. */
export class FakeAuditTrail implements AuditTrail {
  readonly entries: AuditEntry[] = [];
  ready = true;

  record(entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
