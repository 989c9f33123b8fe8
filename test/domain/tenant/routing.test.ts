import { expect } from 'chai';
import * as fc from 'fast-check';
import { agentId } from '../../../src/domain/shared/ids.js';
import { normaliseNumber, routeWithinTenant } from '../../../src/domain/tenant/routing.js';
import { aProfile } from '../../support/builders/a-profile.js';
import { aTenant } from '../../support/builders/a-tenant.js';

describe('normaliseNumber', () => {
  const cases: readonly (readonly [written: string, digits: string])[] = [
    ['+49 30 555 001', '4930555001'],
    ['004930555001', '4930555001'],
    ['4930555001', '4930555001'],
    ['(030) 555-001', '030555001'],
    ['tel:+1-555-0100', '15550100'],
    ['5551000', '5551000'],
    ['000123', '0123'],
    ['0', '0'],
    ['00', ''],
    ['', ''],
    ['anonymous', ''],
  ];
  for (const [written, digits] of cases) {
    it(`reads "${written}" as "${digits}"`, () => { expect(normaliseNumber(written)).to.equal(digits); });
  }

  it('reads a number the same with + as with 00, with any punctuation', () => {
    const number = fc.stringMatching(/^[1-9][0-9]{3,14}$/u);
    fc.assert(fc.property(number, fc.constantFrom(' ', '-', '.', '/', ''), (digits, mark) => {
      const spread = digits.split('').join(mark);
      expect(normaliseNumber(`+${spread}`)).to.equal(digits);
      expect(normaliseNumber(`00${spread}`)).to.equal(digits);
    }));
  });
});

describe('routeWithinTenant', () => {
  const sales = aProfile({ id: agentId('sales') });
  const service = aProfile({ id: agentId('service') });
  const tenant = aTenant({
    agents: [sales, service],
    dids: [{ number: '+49 30 555001', agentId: sales.id }, { number: '+49 30 555002', agentId: service.id }],
  });

  it('finds the agent of the dialled number, however the carrier writes it', () => {
    for (const dialled of ['4930555002', '+4930555002', '004930555002']) {
      expect(routeWithinTenant(tenant, dialled)).to.deep.equal({ tenant, profile: service });
    }
  });

  it('refuses a number that is not the tenant\'s', () => {
    expect(routeWithinTenant(tenant, '4930555003')).to.equal('unknown-did');
    expect(routeWithinTenant(tenant, '30555002')).to.equal('unknown-did');
  });

  it('refuses every number of an inactive tenant', () => {
    expect(routeWithinTenant({ ...tenant, active: false }, '4930555002')).to.equal('tenant-inactive');
  });

  it('says when the number points to an agent that does not exist', () => {
    const broken = aTenant({ agents: [sales], dids: [{ number: '4930555001', agentId: agentId('gone') }] });
    expect(routeWithinTenant(broken, '4930555001')).to.equal('agent-missing');
  });

  it('finds nobody for a call without a number, even if a route was left empty', () => {
    const careless = aTenant({ agents: [sales], dids: [{ number: '', agentId: sales.id }] });
    expect(routeWithinTenant(careless, 'anonymous')).to.equal('unknown-did');
  });
});
