import { auditTrailContract } from '../../contract/audit-trail.contract.js';
import { FakeAuditTrail } from './fake-audit-trail.js';

describe('FakeAuditTrail', () => {
  auditTrailContract(() => {
    const trail = new FakeAuditTrail();
    return Promise.resolve({ trail, kept: () => Promise.resolve(trail.entries), breakDisk: () => { trail.ready = false; }, dispose: () => Promise.resolve() });
  });
});
