import { expect } from 'chai';
import { FileAuditReader } from '../../../src/adapters/audit/file-audit-reader.js';
import type { AuditFilter, AuditPage } from '../../../src/application/ports/audit-reader.js';
import { type TenantId, tenantId } from '../../../src/domain/shared/ids.js';
import { anAuditEntry } from '../../support/builders/an-audit-entry.js';
import { AuditScene } from './audit-scene.js';

const BANK = tenantId('north-bank');
const GRILL = tenantId('harbour-grill');
const signal = new AbortController().signal;

describe('FileAuditReader', () => {
  let scene: AuditScene;
  let reader: FileAuditReader;

  before(async () => {
    scene = await AuditScene.create();
    reader = new FileAuditReader({ directory: scene.directory, nodeName: 'node-1' });
    const trail = await scene.open({ rotateBytes: 30_000 });
    for (let day = 0; day < 3; day += 1) {
      for (let index = 0; index < 200; index += 1) {
        const act = index % 50 === 0 ? 'eraseRecording' : 'hangUpCall';
        await Promise.all([trail.record(anAuditEntry({ subject: `${day}-${index}`, tenantId: index % 2 === 0 ? BANK : GRILL, act }), signal)]);
      }
      scene.clock.advance(86_400_000);
    }
    await trail.close();
  });
  after(async () => { await scene.close(); });

  const page = (tenant: TenantId | null, filter: Partial<AuditFilter> = {}): Promise<AuditPage> =>
    reader.entries(tenant, { from: null, to: null, act: null, node: null, limit: 50, cursor: null, ...filter }, signal);

  it('shows the newest first, with all that was kept', async () => {
    const { entries } = await page(null, { limit: 2 });
    expect(entries.map(({ sequence, subject }) => `${sequence} ${subject}`)).to.deep.equal(['600 2-199', '599 2-198']);
    expect(entries[0]).to.deep.equal({ ...anAuditEntry({ subject: '2-199', tenantId: GRILL }), sequence: 600, node: 'node-1', at: '2026-11-22T12:00:00.000Z' });
  });

  it('gives each entry once, page by page, over files and days', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { entries, next }: AuditPage = await page(BANK, { limit: 7, cursor });
      seen.push(...entries.map(({ subject }) => subject));
      cursor = next;
    } while (cursor !== null);
    const due = [2, 1, 0].flatMap((day) => Array.from({ length: 100 }, (_, index) => `${day}-${198 - index * 2}`));
    expect(seen).to.deep.equal(due);
    expect((await scene.files()).length).to.be.greaterThan(5);
  });

  it('shows a tenant its own entries only', async () => {
    expect((await page(GRILL, { limit: 200 })).entries.every(({ tenantId: owner }) => owner === GRILL)).to.equal(true);
    expect((await page(tenantId('nobody'))).entries).to.deep.equal([]);
  });

  it('shows the chains of other nodes that share the directory, and knows whose those are', async () => {
    const trail = await scene.open({ nodeName: 'node-2' });
    await trail.record(anAuditEntry({ subject: 'elsewhere', tenantId: BANK }), signal);
    await trail.close();
    expect(await reader.nodes()).to.deep.equal(['node-1', 'node-2']);
    expect((await page(BANK, { node: 'node-2' })).entries.map(({ node, subject }) => `${node} ${subject}`)).to.deep.equal(['node-2 elsewhere']);
    expect((await page(BANK)).entries[0]?.node).to.equal('node-1');
    for (const node of ['node-3', '..', '../node-1']) expect((await page(BANK, { node })).entries, node).to.deep.equal([]);
  });

  it('knows act and time', async () => {
    expect((await page(null, { act: 'eraseRecording', limit: 200 })).entries).to.have.lengthOf(12);
    expect((await page(null, { from: '2026-11-22T00:00:00.000Z', limit: 500 })).entries).to.have.lengthOf(200);
    expect((await page(null, { to: '2026-11-21T00:00:00.000Z', limit: 500 })).entries).to.have.lengthOf(200);
    expect((await page(null, { from: '2026-11-21T12:00:00.000Z', to: '2026-11-21T12:00:00.001Z', limit: 500 })).entries).to.have.lengthOf(200);
  });

  it('gives nothing for a cursor that it never gave out', async () => {
    for (const cursor of ['', 'x', '2026-11-22.1:-1', '../../etc/passwd', '2026-11-22.1:99999999999999999']) expect(await page(null, { cursor })).to.deep.equal({ entries: [], next: null });
  });

  it('reads so much and no more in one look, and goes on from there', async () => {
    const large = await AuditScene.create();
    try {
      const trail = await large.open();
      await trail.record(anAuditEntry({ subject: 'the one', tenantId: BANK }), signal);
      for (let batch = 0; batch < 40; batch += 1) {
        await Promise.all(Array.from({ length: 100 }, () => trail.record(anAuditEntry({ subject: 'x'.repeat(290), tenantId: GRILL }), signal)));
      }
      await trail.close();
      const other = new FileAuditReader({ directory: large.directory, nodeName: 'node-1' });
      const filter = { from: null, to: null, act: null, node: null, limit: 50 };
      const first = await other.entries(BANK, { ...filter, cursor: null }, signal);
      expect(first.entries).to.deep.equal([]);
      const second = await other.entries(BANK, { ...filter, cursor: first.next }, signal);
      expect(second.entries.map(({ subject }) => subject)).to.deep.equal(['the one']);
    } finally {
      await large.close();
    }
  });
});
