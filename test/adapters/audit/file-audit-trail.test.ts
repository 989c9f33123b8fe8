import { createHash } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { LINE_BYTES_MAX } from '../../../src/adapters/audit/audit-line.js';
import { AuditSeal } from '../../../src/adapters/audit/audit-seal.js';
import { FileAuditReader } from '../../../src/adapters/audit/file-audit-reader.js';
import type { TenantId } from '../../../src/domain/shared/ids.js';
import { codeOf } from '../../../src/application/ports/port-error.js';
import { auditTrailContract } from '../../contract/audit-trail.contract.js';
import { anAuditEntry } from '../../support/builders/an-audit-entry.js';
import { until } from '../../support/until.js';
import { AuditScene } from './audit-scene.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const signal = new AbortController().signal;

describe('FileAuditTrail', () => {
  auditTrailContract(async () => {
    const scene = await AuditScene.create();
    const trail = await scene.open();
    return { trail, kept: () => scene.lines() as never, breakDisk: () => { scene.full = true; }, dispose: () => scene.close() };
  });

  describe('on its disk', () => {
    let scene: AuditScene;

    beforeEach(async () => { scene = await AuditScene.create(); });
    afterEach(async () => { await scene.close(); });

    const acts = async (): Promise<readonly unknown[]> => (await scene.lines()).map(({ act }) => act);

    it('goes on with the chain of the process before it', async () => {
      await scene.written(['1', '2']);
      await scene.written(['3']);
      expect(await scene.report()).to.include({ fault: null, entries: 3 });
      expect((await scene.lines()).map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3]);
    });

    it('keeps lines within their limit whatever texts come, says in them what was cut, and the chain is whole', async () => {
      const long = (character: string): string => character.repeat(5000);
      const texts = [long('a'), long('\u0000'), long('字'), long('😀'), long('\ud800'), `${'a'.repeat(299)}😀`];
      const trail = await scene.open();
      for (const text of texts) {
        await trail.record(anAuditEntry({ actor: { subject: text, role: 'admin' }, act: text, subject: text, code: text, requestId: text, tenantId: text as TenantId, change: { before: text, after: text } }), signal);
      }
      await trail.record(anAuditEntry({ subject: 'a'.repeat(300) }), signal);
      await trail.close();
      const [file = ''] = await scene.files();
      const written = (await readFile(scene.path(file))).toString('latin1').split('\n').slice(0, -1);
      expect(written.map(({ length }) => length + 1).filter((bytes) => bytes > LINE_BYTES_MAX), 'bytes of lines').to.deep.equal([]);
      expect(await scene.report()).to.include({ fault: null, entries: texts.length + 1 });
      const entries = (await new FileAuditReader({ directory: scene.directory, nodeName: 'node-1' }).entries(null, { from: null, to: null, act: null, node: null, limit: 50, cursor: null }, signal)).entries;
      expect(entries[0], 'what fits says nothing of cuts').to.include({ subject: 'a'.repeat(300) }).and.not.to.have.property('cut');
      for (const [index, text] of texts.entries()) {
        const { subject = '', cut } = entries[texts.length - index] ?? {};
        expect(subject.endsWith('…') && text.startsWith(subject.slice(0, -1)), `entry ${index}`).to.equal(true);
        expect(cut, `entry ${index}`).to.have.all.keys('actor', 'act', 'subject', 'code', 'requestId', 'tenantId', 'before', 'after');
        expect(cut?.['subject']).to.equal(createHash('sha256').update(text).digest('hex'));
      }
    });

    it('writes what waits at once: two syncs for each batch, not for each entry', async () => {
      const trail = await scene.open();
      const before = scene.syncs;
      await Promise.all(Array.from({ length: 60 }, (_, index) => trail.record(anAuditEntry({ subject: String(index) }), signal)));
      expect(scene.syncs - before).to.be.at.most(6);
      expect(await scene.report()).to.include({ fault: null, entries: 60 });
    });

    it('begins a new file when one is full and on a new day; the chain goes on over them', async () => {
      const trail = await scene.open({ rotateBytes: 1000 });
      for (let index = 0; index < 6; index += 1) await trail.record(anAuditEntry({ subject: String(index) }), signal);
      scene.clock.advance(DAY_MS);
      await trail.record(anAuditEntry({ subject: 'next day' }), signal);
      scene.clock.advance(-2 * DAY_MS); // set back: the chain is not
      await trail.record(anAuditEntry({ subject: 'clock set back' }), signal);
      expect(await scene.files()).to.deep.equal([
        'audit-node-1-2026-11-20.0001.ndjson', 'audit-node-1-2026-11-20.0002.ndjson', 'audit-node-1-2026-11-20.0003.ndjson', 'audit-node-1-2026-11-21.0001.ndjson',
      ]);
      expect(await scene.report()).to.include({ fault: null, entries: 8 });
    });

    it('mends half a line after a crash, says so, and takes it for no tampering', async () => {
      await scene.written(['1', '2']);
      await appendFile(scene.path((await scene.files())[0]!), '{"sequence":3,"at":"2026');
      const torn = await scene.report();
      expect(torn).to.include({ fault: null, entries: 2 });
      expect(torn.remarks.join()).to.include('ends in 24 bytes of a line');
      await scene.written(['3']);
      expect(await acts()).to.deep.equal(['hangUpCall', 'hangUpCall', 'auditRepaired', 'hangUpCall']);
      expect((await scene.lines())[2]).to.include({ code: 'half a line removed: 24 bytes' });
      expect(await scene.report()).to.deep.include({ fault: null, entries: 4, remarks: [] });
    });

    it('keeps lines that a crash left unconfirmed, and says so', async () => {
      await scene.written(['1']);
      const head = await readFile(scene.path('audit-node-1.head'), 'utf8');
      await scene.written(['2', '3']);
      await writeFile(scene.path('audit-node-1.head'), head);
      expect((await scene.report()).fault).to.deep.include({ line: 2 }); // without a key nobody can tell it from a forged line
      await scene.written(['4']);
      expect(await acts()).to.deep.equal(['hangUpCall', 'hangUpCall', 'hangUpCall', 'auditRepaired', 'hangUpCall']);
      expect(await scene.report()).to.include({ fault: null, entries: 5 });
    });

    it('with a key, takes unconfirmed lines for what they are', async () => {
      const options = { seal: new AuditSeal('a key of the operator') };
      await scene.written(['1'], options);
      const head = await readFile(scene.path('audit-node-1.head'), 'utf8');
      await scene.written(['2'], options);
      await writeFile(scene.path('audit-node-1.head'), head);
      const report = await scene.report('a key of the operator');
      expect(report.fault).to.equal(null);
      expect(report.remarks.join()).to.include('not confirmed');
    });

    it('says for good that the chain was broken when it is opened', async () => {
      await scene.written(['1', '2', '3']);
      const [file] = await scene.files();
      await writeFile(scene.path(file!), (await readFile(scene.path(file!), 'utf8')).split('\n').slice(0, 2).join('\n') + '\n');
      await scene.written(['4']);
      expect(scene.logger.lines.some(({ level, message }) => level === 'error' && message.includes('the audit trail was changed'))).to.equal(true);
      expect((await scene.report()).fault).to.include({ file: 'audit-node-1-2026-11-20.0002.ndjson', line: 1 });
    });

    it('says so too when the head was taken away', async () => {
      await scene.written(['1', '2', '3']);
      await writeFile(scene.path('audit-node-1.head'), '');
      await scene.written(['4']);
      const { fault } = await scene.report();
      expect(fault?.what).to.include('says that the chain before it was broken (head broken)');
    });

    it('refuses while the disk is full, and tells of the gap when it takes entries again', async () => {
      const trail = await scene.open();
      await trail.record(anAuditEntry({ subject: '1' }), signal);
      scene.full = true;
      let code = '';
      await trail.record(anAuditEntry({ subject: '2' }), signal).catch((error: unknown) => { code = codeOf(error); });
      expect(code).to.equal('audit-trail/unavailable');
      expect(scene.metrics.value('audit_ready')).to.equal(0);
      scene.full = false;
      await until(() => { scene.clock.advance(15_000); return trail.ready; });
      await trail.record(anAuditEntry({ subject: '3' }), signal);
      expect((await scene.lines()).map(({ act, subject, code: told }) => `${String(act)} ${String(subject)} ${act === 'auditResumed' ? String(told) : ''}`.trim()))
        .to.deep.equal(['hangUpCall 1', 'auditResumed  entries that could not be kept: 1', 'hangUpCall 3']);
      expect(await scene.report()).to.include({ fault: null, entries: 3 });
      expect(scene.metrics.value('audit_ready')).to.equal(1);
    });

    it('removes files past their time; the chain begins later, and is whole', async () => {
      const trail = await scene.open({ retentionDays: 2 });
      for (let day = 0; day < 5; day += 1) {
        await trail.record(anAuditEntry({ subject: `day ${day}` }), signal);
        scene.clock.advance(DAY_MS);
      }
      await until(async () => (await scene.files()).length <= 3);
      scene.clock.advance(HOUR_MS);
      await trail.record(anAuditEntry({ subject: 'last' }), signal);
      await trail.close();
      expect(await acts()).to.include('auditPruned');
      const report = await scene.report();
      expect(report.fault).to.equal(null);
      expect(report.first?.sequence).to.be.greaterThan(2);
      expect(scene.metrics.value('audit_entries_total', { outcome: 'done' })).to.be.greaterThan(5);
    });

    it('will not go on with a chain that has another key, nor take it for broken', async () => {
      await scene.written(['1']);
      let code = '';
      await scene.open({ seal: new AuditSeal('some key') }).catch((error: unknown) => { code = codeOf(error); });
      expect(code).to.equal('audit-trail/key');
      expect((await scene.report('some key')).fault?.what).to.include('another key');
      expect((await scene.report()).fault).to.equal(null);
    });

    it('says at the start when it cannot write', async () => {
      let code = '';
      await scene.open({ directory: '/dev/null/none' }).catch((error: unknown) => { code = codeOf(error); });
      expect(code).to.equal('audit-trail/unavailable');
    });
  });
});
