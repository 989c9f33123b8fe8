import { expect } from 'chai';
import { tenantId } from '../../../../src/domain/shared/ids.js';
import { anAuditEntry } from '../../../support/builders/an-audit-entry.js';
import { ApiScene } from '../../../support/servers/api-scene.js';

const kept = (sequence: number, tenant: string): ReturnType<typeof anAuditEntry> & { sequence: number; node: string; at: string } =>
  ({ ...anAuditEntry({ tenantId: tenantId(tenant), change: { before: null, after: 'ab'.repeat(32) } }), sequence, node: 'node-1', at: '2026-11-20T12:00:00.000Z' });

describe('GET /audit', () => {
  const scene = new ApiScene();

  before(async () => {
    scene.application.auditEntries = [kept(1, 'north-bank'), kept(2, 'harbour-grill')];
    await scene.open();
  });
  after(async () => { await scene.close(); });

  it('shows an admin what was done in his tenant', async () => {
    const { status, body } = await scene.ask('GET', '/api/v1/audit', { token: scene.token('admin') });
    expect(status).to.equal(200);
    const entry = Object.fromEntries(Object.entries(kept(1, 'north-bank')).filter(([name]) => name !== 'tenantId'));
    expect(body).to.deep.equal({ node: 'node-1', nodes: [{ name: 'node-1', alive: true, readable: true }, { name: 'node-2', alive: true, readable: false }], entries: [entry], next: null });
  });

  it('shows it to nobody below', async () => {
    for (const role of ['viewer', 'operator'] as const) expect((await scene.ask('GET', '/api/v1/audit', { token: scene.token(role) })).status).to.equal(403);
    expect((await scene.ask('GET', '/api/v1/audit')).status).to.equal(401);
  });

  it('understands moments however exactly they are written', async () => {
    const auditEntries = scene.application.queries.auditEntries.bind(scene.application.queries);
    const asked: unknown[] = [];
    scene.application.queries.auditEntries = (tenant, filter, signal) => { asked.push([filter.from, filter.to]); return auditEntries(tenant, filter, signal); };
    await scene.ask('GET', '/api/v1/audit?from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z', { token: scene.token('admin') });
    scene.application.queries.auditEntries = auditEntries;
    expect(asked).to.deep.equal([['2026-11-20T12:00:00.000Z', '2026-11-20T13:00:00.000Z']]);
  });

  it('says of a node whose chain it does not have that this one has to be asked', async () => {
    expect((await scene.ask('GET', '/api/v1/audit?node=node-1', { token: scene.token('admin') })).status).to.equal(200);
    const { status, body } = await scene.ask('GET', '/api/v1/audit?node=node-2', { token: scene.token('admin') });
    expect([status, body?.['code']]).to.deep.equal([404, 'not-found']);
    expect((await scene.ask('GET', '/api/v1/audit?node=../etc', { token: scene.token('admin') })).status).to.equal(400);
  });

  it('wants times as times', async () => {
    const { status } = await scene.ask('GET', '/api/v1/audit?from=yesterday', { token: scene.token('admin') });
    expect(status).to.equal(400);
  });
});
