import { expect } from 'chai';
import type { UsagePeriod } from '../../../../../src/application/application.js';
import { PortError } from '../../../../../src/application/ports/port-error.js';
import { tenantId } from '../../../../../src/domain/shared/ids.js';
import { aTenant } from '../../../../support/builders/a-tenant.js';
import { type ApiAnswer, ApiScene } from '../../../../support/servers/api-scene.js';
import { VirtualClock } from '../../../../support/virtual-clock.js';

describe('operations on tenants', () => {
  let scene: ApiScene;
  let asked: (UsagePeriod & { readonly whose: string })[];

  beforeEach(async () => {
    scene = new ApiScene({ clock: new VirtualClock({ wallStart: '2026-11-20T12:00:00.000Z' }) });
    scene.application.allTenants = [aTenant({ id: tenantId('north-bank') }), aTenant({ id: tenantId('harbour-grill'), name: 'Harbour Grill 🦞' })];
    asked = [];
    scene.application.queries.usage = (whose, period) => {
      asked.push({ whose, ...period });
      return Promise.resolve({ ...period, calls: 3, answeredCalls: 2, connectedMs: 90_000, speech: [{ provider: 'local', recognisedMs: 1, synthesisedCharacters: 2 }] });
    };
    await scene.open();
  });
  afterEach(async () => { await scene.close(); });

  const ask = (path: string, token = scene.token('viewer')): Promise<ApiAnswer> => scene.ask('GET', `/api/v1/tenants${path}`, { token });

  it('lists all tenants for the platform, and for nobody else', async () => {
    const { body } = await ask('', scene.token('platform'));
    expect(body?.['tenants']).to.have.lengthOf(2);
    expect(body).to.have.nested.property('tenants[1].name', 'Harbour Grill 🦞');
    expect((await ask('', scene.token('admin'))).status).to.equal(403);
  });

  it('shows a tenant itself, and to the platform each', async () => {
    const { body } = await ask('/north-bank');
    expect(body).to.include({ tenantId: 'north-bank', active: true });
    expect(body?.['numbers']).to.deep.equal(aTenant().dids.map(({ number, agentId }) => ({ number, agentId })));
    expect((await ask('/harbour-grill', scene.token('platform'))).body).to.include({ tenantId: 'harbour-grill' });
  });

  it('knows nothing of others, nor of those who are not there', async () => {
    for (const answer of [await ask('/harbour-grill'), await ask('/nobody'), await ask('/nobody', scene.token('platform')), await ask('/harbour-grill/usage')]) expect(answer.status).to.equal(404);
    expect(asked).to.deep.equal([]);
  });

  it('finds nobody under what is no id', async () => {
    for (const id of ['North', '%00', '-a', 'a'.repeat(65), '%F0%9F%A6%9E']) expect((await ask(`/${id}`, scene.token('platform'))).status, id).to.equal(404);
  });

  it('is asked again later while the directory is away', async () => {
    scene.application.queries.tenants = () => Promise.reject(new PortError('away', { code: 'tenant-directory/unavailable', kind: 'unavailable' }));
    const { status, headers } = await ask('', scene.token('platform'));
    expect({ status, retryAfter: headers.get('retry-after') }).to.deep.equal({ status: 503, retryAfter: '5' });
  });

  describe('getUsage', () => {
    it('counts this month so far, today too', async () => {
      const { body } = await ask('/north-bank/usage', scene.token('admin'));
      expect(asked).to.deep.equal([{ whose: 'north-bank', from: '2026-11-01T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' }]);
      expect(body).to.deep.equal({ from: '2026-11-01', to: '2026-11-21', calls: 3, answeredCalls: 2, connectedMinutes: 1.5, speech: [{ provider: 'local', recognisedMs: 1, synthesisedCharacters: 2 }] });
    });

    it('counts the days that were asked for, a year at most', async () => {
      await ask('/north-bank/usage?from=2025-01-01&to=2026-01-01', scene.token('admin'));
      expect(asked[0]).to.include({ from: '2025-01-01T00:00:00.000Z', to: '2026-01-01T00:00:00.000Z' });
    });

    it('refuses days that are none, or none together', async () => {
      const queries = [
        'from=2026-02-30', 'from=yesterday', 'from=2026-11-01T00:00:00Z', 'from=2026-12-01&to=2026-11-01', 'from=2026-11-01&to=2026-11-01', 'from=2024-01-01&to=2026-01-01',
        'from=2026-11-01&from=2026-11-02', 'to=', 'from=0000-00-00', 'month=11', 'from=%00',
      ];
      for (const query of queries) expect((await ask(`/north-bank/usage?${query}`, scene.token('admin'))).status, query).to.equal(400);
      expect(asked).to.deep.equal([]);
    });

    it('tells that there is nothing to count', async () => {
      scene.application.queries.usage = () => Promise.resolve(null);
      const { status, body } = await ask('/north-bank/usage', scene.token('admin'));
      expect(status).to.equal(422);
      expect(body).to.include({ code: 'refused', reason: 'no-history' });
    });
  });

  it('issues a ticket with the rights of the token', async () => {
    const issued: unknown[] = [];
    scene.application.commands.issueTicket = (identity) => { issued.push(identity); return Promise.resolve({ ticket: 'ticket-7', ttlMs: 30_000 }); };
    const { status, body } = await scene.ask('POST', '/api/v1/tickets', { token: scene.token('viewer') });
    expect({ status, body }).to.deep.equal({ status: 201, body: { ticket: 'ticket-7', expiresInSeconds: 30 } });
    expect(issued[0]).to.include({ role: 'viewer', tenantId: 'north-bank' });
    scene.application.commands.issueTicket = () => Promise.reject(new PortError('full', { code: 'tickets/full', kind: 'rate-limited', retryAfterMs: 30_000 }));
    const full = await scene.ask('POST', '/api/v1/tickets', { token: scene.token('viewer') });
    expect({ status: full.status, retryAfter: full.headers.get('retry-after') }).to.deep.equal({ status: 503, retryAfter: '30' });
  });
});
