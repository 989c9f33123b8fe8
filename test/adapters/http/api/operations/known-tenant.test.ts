import { expect } from 'chai';
import { PortError } from '../../../../../src/application/ports/port-error.js';
import { summaryOf } from '../../../../../src/domain/call/call-summary.js';
import { tenantId } from '../../../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../../../support/builders/a-call.js';
import { aTenant } from '../../../../support/builders/a-tenant.js';
import { type ApiAnswer, ApiScene } from '../../../../support/servers/api-scene.js';

const LISTS = ['/calls?tenant=T', '/recordings?tenant=T', '/audit?tenant=T', '/tenants/T/usage'];

describe('lists of a tenant', () => {
  let scene: ApiScene;

  beforeEach(async () => {
    scene = new ApiScene();
    scene.application.allTenants = [aTenant()];
    const none = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z', calls: 0, answeredCalls: 0, connectedMs: 0, speech: [] };
    for (const whose of ['north-bank', 'nort-bank', 'harbour-grill']) scene.application.used.set(tenantId(whose), none);
    await scene.open();
  });
  afterEach(async () => { await scene.close(); });

  const ask = (list: string, whose: string, role: 'admin' | 'platform'): Promise<ApiAnswer> => scene.ask('GET', `/api/v1${list.replace('T', whose)}`, { token: scene.token(role) });
  const told = ({ status, body }: ApiAnswer): unknown => ({ status, ...body, requestId: '' });

  for (const list of [...LISTS, '/events?tenant=T']) {
    it(`are not there for the platform when the tenant is not, as anywhere: ${list}`, async () => {
      expect(told(await ask(list, 'nort-bank', 'platform'))).to.deep.equal(told(await ask('/tenants/T', 'nort-bank', 'platform'))).and.to.include({ status: 404 });
    });
  }

  for (const list of LISTS) {
    it(`are empty for a tenant without anything: ${list}`, async () => {
      expect((await ask(list, 'north-bank', 'platform')).status).to.equal(200);
    });

    it(`are the answer when the directory cannot tell: ${list}`, async () => {
      scene.application.queries.tenant = () => Promise.reject(new PortError('away', { code: 'tenant-directory/unavailable', kind: 'unavailable' }));
      expect((await ask(list, 'nort-bank', 'platform')).status).to.equal(200);
    });

    it(`tell a tenant no more of others than of those who are not there: ${list}`, async () => {
      scene.application.allTenants = [aTenant(), aTenant({ id: tenantId('harbour-grill') })];
      const [foreign, unknown] = [await ask(list, 'harbour-grill', 'admin'), await ask(list, 'nort-bank', 'admin')];
      expect(told(foreign)).to.deep.equal(told(unknown)).and.to.include({ status: 404 });
      scene.application.allTenants = [];
      expect((await ask(list, 'north-bank', 'admin')).status, 'its own list is its own, whatever the directory says').to.equal(200);
    });
  }

  it('show the platform what is left of a tenant that has gone', async () => {
    const gone = tenantId('gone');
    scene.application.accounts = [{ call: summaryOf(aCallRecord({ tenantId: gone }), []), story: null }];
    expect((await ask('/calls?tenant=T', gone, 'platform')).body?.['calls']).to.have.lengthOf(1);
  });
});
