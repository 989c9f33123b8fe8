import type { AuditEntry } from '../../../src/application/ports/audit-trail.js';
import { tenantId } from '../../../src/domain/shared/ids.js';

export function anAuditEntry(deviations: Partial<AuditEntry> = {}): AuditEntry {
  return {
    actor: { subject: 'ada@example.com', role: 'admin' }, tenantId: tenantId('north-bank'), act: 'hangUpCall', subject: '01CALL', outcome: 'done',
    code: '204', requestId: '01REQUEST', ...deviations,
  };
}
