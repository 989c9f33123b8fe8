import { expect } from 'chai';
import fc from 'fast-check';
import { ConcurrencyLimit, type Permit } from '../../../src/application/speech/concurrency-limit.js';

describe('the limit of an account', () => {
  const taken = (permit: Permit | string): Permit => {
    if (typeof permit === 'string') throw new Error(`refused: ${permit}`);
    return permit;
  };

  it('has places for all tenants together, and says when they are taken', () => {
    const limit = new ConcurrencyLimit({ max: 2, perTenantMax: Infinity });
    const [bank, grill] = [limit.forTenant('bank'), limit.forTenant('grill')];
    const first = taken(bank.take());
    taken(grill.take());
    expect([bank.reached, bank.take(), grill.take()]).to.deep.equal(['account', 'account', 'account']);
    first.release();
    expect(grill.reached).to.equal(null);
    taken(grill.take());
  });

  it('lets no tenant take more than its share, however it was asked', () => {
    const limit = new ConcurrencyLimit({ max: 3, perTenantMax: 1 });
    taken(limit.forTenant('bank').take());
    expect(limit.forTenant('bank').take()).to.equal('tenant');
    taken(limit.forTenant('grill').take());
  });

  it('takes the smaller one of what the tenant and the account allow', () => {
    for (const [perTenantMax, own] of [[1, 5], [5, 1]] as const) {
      const permits = new ConcurrencyLimit({ max: 9, perTenantMax }).forTenant('bank', own);
      taken(permits.take());
      expect(permits.take()).to.equal('tenant');
    }
  });

  it('takes a place back once, however often it is given back', () => {
    const permits = new ConcurrencyLimit({ max: 2, perTenantMax: Infinity }).forTenant('bank');
    const first = taken(permits.take());
    taken(permits.take());
    first.release();
    first.release();
    taken(permits.take());
    expect(permits.take()).to.equal('account');
  });

  it('never has more taken than it allows, and all of it free again in the end', () => {
    const step = fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), release: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (steps, max, perTenantMax) => {
      const limit = new ConcurrencyLimit({ max, perTenantMax });
      const held: { readonly tenant: string; readonly permit: Permit }[] = [];
      for (const { tenant, release } of steps) {
        if (release) held.shift()?.permit.release();
        else {
          const permit = limit.forTenant(tenant).take();
          if (typeof permit !== 'string') held.push({ tenant, permit });
          else expect(held.length === max || held.filter((each) => each.tenant === tenant).length === perTenantMax).to.equal(true);
        }
        expect(held.length).to.be.at.most(max);
        for (const name of ['a', 'b', 'c']) expect(held.filter((each) => each.tenant === name).length).to.be.at.most(perTenantMax);
      }
      for (const { permit } of held) permit.release();
      const alone = limit.forTenant('d', 1);
      taken(alone.take()).release();
      for (let n = 0; n < Math.min(max, perTenantMax); n += 1) taken(limit.forTenant('a').take());
    }));
  });
});
