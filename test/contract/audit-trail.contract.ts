import { expect } from 'chai';
import type { RecordedAuditEntry } from '../../src/application/ports/audit-reader.js';
import type { AuditEntry, AuditTrail } from '../../src/application/ports/audit-trail.js';
import { anAuditEntry } from '../support/builders/an-audit-entry.js';
import { codeOf } from '../../src/application/ports/port-error.js';

export interface AuditTrailUnderTest {
  readonly trail: AuditTrail;
  /** What is kept for good by now, oldest first. */
  readonly kept: () => Promise<readonly (AuditEntry | RecordedAuditEntry)[]>;
  /** From now on nothing can be kept. */
  readonly breakDisk: () => void;
  readonly dispose: () => Promise<void>;
}

/** What every AuditTrail promises. */
export function auditTrailContract(make: () => Promise<AuditTrailUnderTest>): void {
  describe('keeps the contract of AuditTrail', () => {
    const signal = new AbortController().signal;
    let under: AuditTrailUnderTest;

    beforeEach(async () => { under = await make(); });
    afterEach(async () => {
      await under.trail.close();
      await under.dispose();
    });

    const subjects = async (): Promise<readonly string[]> => (await under.kept()).map(({ subject }) => subject).filter((subject) => subject !== '');

    it('has kept an entry, as it was given, when record resolves', async () => {
      const entry = anAuditEntry({ change: { before: null, after: 'ab'.repeat(32) } });
      await under.trail.record(entry, signal);
      const kept = (await under.kept()).at(-1);
      expect(kept).to.deep.include(entry);
    });

    it('keeps entries in the order they came', async () => {
      await Promise.all(['1', '2', '3', '4', '5'].map((subject) => under.trail.record(anAuditEntry({ subject }), signal)));
      expect(await subjects()).to.deep.equal(['1', '2', '3', '4', '5']);
    });

    it('throws audit-trail/unavailable when an entry cannot be kept, and is not ready then', async () => {
      expect(under.trail.ready).to.equal(true);
      under.breakDisk();
      expect(await failureOf(under.trail.record(anAuditEntry({ subject: 'lost' }), signal))).to.equal('audit-trail/unavailable');
      expect(under.trail.ready).to.equal(false);
      expect(await failureOf(under.trail.record(anAuditEntry({ subject: 'lost too' }), signal))).to.equal('audit-trail/unavailable');
      expect(await subjects()).to.deep.equal([]);
    });

    it('throws audit-trail/unavailable when the signal aborts first', async () => {
      expect(await failureOf(under.trail.record(anAuditEntry(), AbortSignal.abort()))).to.equal('audit-trail/unavailable');
    });

    it('keeps what it accepted before close, and nothing afterwards', async () => {
      const accepted = under.trail.record(anAuditEntry({ subject: 'before' }), signal);
      await under.trail.close();
      await accepted;
      expect(under.trail.ready).to.equal(false);
      expect(await failureOf(under.trail.record(anAuditEntry({ subject: 'after' }), signal))).to.equal('audit-trail/unavailable');
      expect(await subjects()).to.deep.equal(['before']);
    });

    it('can be closed twice', async () => {
      await under.trail.close();
      await under.trail.close();
    });
  });
}

async function failureOf(work: Promise<void>): Promise<string> {
  try {
    await work;
    return 'kept';
  } catch (error) {
    return codeOf(error);
  }
}
