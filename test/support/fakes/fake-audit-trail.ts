import type { AuditEntry, AuditTrail } from '../../../src/application/ports/audit-trail.js';
import { PortError } from '../../../src/application/ports/port-error.js';

/** Keeps entries where tests can read them. */
export class FakeAuditTrail implements AuditTrail {
  readonly entries: AuditEntry[] = [];
  /** False: nothing can be kept. */
  ready = true;

  record(entry: AuditEntry, signal: AbortSignal): Promise<void> {
    if (!this.ready || signal.aborted) return Promise.reject(new PortError('nothing can be kept', { code: 'audit-trail/unavailable', kind: 'unavailable' }));
    this.entries.push(entry);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.ready = false;
    return Promise.resolve();
  }
}
