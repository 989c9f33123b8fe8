import { expect } from 'chai';
import { PortError } from '../../src/application/ports/port-error.js';
import type { TenantDirectory } from '../../src/application/ports/tenant-directory.js';
import { agentId, tenantId } from '../../src/domain/shared/ids.js';
import { routeWithinTenant } from '../../src/domain/tenant/routing.js';
import type { Tenant } from '../../src/domain/tenant/tenant.js';
import { aProfile } from '../support/builders/a-profile.js';
import { aTenant } from '../support/builders/a-tenant.js';

export interface TenantDirectoryUnderTest {
  readonly directory: TenantDirectory;
  /** False for directories that cannot list. */
  readonly lists: boolean;
  /** Frees what the factory opened besides the directory. */
  readonly dispose: () => Promise<void>;
}

const bank = aTenant({
  dids: [{ number: '5551000', agentId: agentId('card-delivery') }, { number: '+49 30 555-1001', agentId: agentId('card-delivery') }],
  agents: [aProfile({ pci: { agentSeesCard: true, vaultUrl: 'https://pay.example.com/digits' }, turnPolicy: { endOfTurnSilenceMs: 700 }, speech: { grammar: '#JSGF V1.0;\ngrammar g;\npublic <g> = yes | no;\n', phrases: ['card'] } })],
});
const grill = aTenant({
  id: tenantId('harbour-grill'),
  name: 'Harbour Grill',
  active: false,
  concurrentCallsMax: 3,
  speechLimits: { local: { sttStreamsMax: 2, ttsRequestsMax: null } },
  dids: [{ number: '5552000', agentId: agentId('tables') }],
  agents: [aProfile({ id: agentId('tables'), name: 'Tables', language: 'de-DE', fallback: { kind: 'number', number: '+4930555' } })],
});
const TENANTS: readonly Tenant[] = [bank, grill];

/** What every TenantDirectory promises. `make` gives one that knows the tenants; the suite closes it. */
export function tenantDirectoryContract(make: (tenants: readonly Tenant[]) => Promise<TenantDirectoryUnderTest>): void {
  describe('keeps the contract of TenantDirectory', () => {
    const signal = new AbortController().signal;
    let under: TenantDirectoryUnderTest;
    let directory: TenantDirectory;

    beforeEach(async () => {
      under = await make(TENANTS);
      ({ directory } = under);
    });

    afterEach(async () => {
      await directory.close();
      await under.dispose();
    });

    it('finds the tenant of a dialled number, complete', async () => {
      expect(plain(await directory.findByDid('5552000', '', signal))).to.deep.equal(plain(grill));
    });

    for (const dialled of ['+49305551001', '0049 30 555 1001', '4930-555-1001']) {
      it(`compares numbers by their digits: ${dialled}`, async () => {
        const found = await directory.findByDid(dialled, 'trunk', signal);
        expect(found?.id).to.equal('north-bank');
        expect(routeWithinTenant(found!, dialled)).to.have.nested.property('profile.id', 'card-delivery');
      });
    }

    it('gives null for a number that belongs to nobody', async () => {
      expect(await directory.findByDid('5559999', 'trunk', signal)).to.equal(null);
    });

    it('gives tenants that are not active too: refusing is not its decision', async () => {
      expect((await directory.findByDid('5552000', '', signal))?.active).to.equal(false);
    });

    it('finds a tenant by id, complete, and null for an unknown one', async () => {
      expect(plain(await directory.findById(tenantId('north-bank'), signal))).to.deep.equal(plain(bank));
      expect(await directory.findById(tenantId('nobody'), signal)).to.equal(null);
    });

    it('lists all tenants, or none where it cannot', async () => {
      const listed = await directory.list(signal);
      expect(listed.map((tenant) => tenant.id).sort()).to.deep.equal(under.lists ? ['harbour-grill', 'north-bank'] : []);
    });

    it('answers many at the same time', async () => {
      const found = await Promise.all(Array.from({ length: 30 }, (_, index) => directory.findByDid(index % 2 === 0 ? '5551000' : '5552000', '', new AbortController().signal)));
      expect(found.map((tenant) => tenant?.id)).to.deep.equal(Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? 'north-bank' : 'harbour-grill')));
    });

    it('fails with a PortError when the signal has aborted', async () => {
      expect((await failure(directory.findByDid('5551000', '', AbortSignal.abort()))).code).to.match(/^tenant-directory\//u);
    });

    it('fails with a PortError after it was closed, and may be closed twice', async () => {
      await directory.close();
      await directory.close();
      expect((await failure(directory.findByDid('5551000', '', signal))).code).to.match(/^tenant-directory\//u);
    });
  });
}

/** Key order and class do not matter, and numbers are compared by digits anyway. */
function plain(tenant: Tenant | null): unknown {
  if (tenant === null) return null;
  return { ...tenant, dids: tenant.dids.map((did) => ({ ...did, number: did.number.replace(/[^0-9]/gu, '') })) };
}

export async function failure(work: Promise<unknown>): Promise<PortError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof PortError) return error;
    throw error;
  }
  throw new Error('expected a PortError');
}
