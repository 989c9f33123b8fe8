import { expect } from 'chai';
import { DEFAULT_KINDS, type DestinationPolicy, refusalOf } from '../../../src/domain/outbound/destination-policy.js';
import type { NumberDescription } from '../../../src/domain/outbound/number-description.js';

const POLICY: DestinationPolicy = { countries: ['DE'], kinds: DEFAULT_KINDS, allowedPrefixes: [], deniedPrefixes: [] };
const number = (deviations: Partial<NumberDescription> = {}): NumberDescription => ({ e164: '+493012345678', country: 'DE', kind: 'fixed', ...deviations });

describe('the destination policy', () => {
  it('denies everything to a tenant that places no calls, and to one that allows nothing', () => {
    expect(refusalOf(number(), null)).to.equal('outbound-off');
    expect(refusalOf(number(), { countries: [], kinds: [], allowedPrefixes: [], deniedPrefixes: [] })).to.equal('kind-not-allowed');
    expect(refusalOf(number(), { ...POLICY, countries: [] })).to.equal('country-not-allowed');
  });

  it('allows by country and kind, never by calling code', () => {
    const american = { ...POLICY, countries: ['US'] };
    expect(refusalOf(number({ e164: '+12025550123', country: 'US', kind: 'fixed-or-mobile' }), american)).to.equal(null);
    expect(refusalOf(number({ e164: '+18765551234', country: 'JM', kind: 'mobile' }), american)).to.equal('country-not-allowed');
    expect(refusalOf(number({ e164: '+19005551234', country: 'US', kind: 'premium' }), american)).to.equal('kind-not-allowed');
    expect(refusalOf(number({ e164: '+15551234567', country: null, kind: 'unknown' }), american)).to.equal('number-unknown-kind');
  });

  it('takes a number that is either fixed or mobile for allowed when both are', () => {
    const either = number({ e164: '+12025550123', country: 'US', kind: 'fixed-or-mobile' });
    expect(refusalOf(either, { ...POLICY, countries: ['US'], kinds: ['fixed', 'mobile'] })).to.equal(null);
    expect(refusalOf(either, { ...POLICY, countries: ['US'], kinds: ['mobile'] })).to.equal('kind-not-allowed');
  });

  it('allows dear and unknown kinds only where they are named', () => {
    for (const kind of ['premium', 'shared-cost', 'satellite', 'unknown'] as const) {
      expect(refusalOf(number({ kind }), POLICY), kind).not.to.equal(null);
      expect(refusalOf(number({ kind }), { ...POLICY, kinds: [kind] }), kind).to.equal(null);
    }
  });

  it('allows prefixes beside the countries, for the same kinds; a whole number whatever it is', () => {
    const wider = { ...POLICY, allowedPrefixes: ['+4420', '', '+80012345678', '+882161234567'] };
    expect(refusalOf(number({ e164: '+442079460000', country: 'GB' }), wider)).to.equal(null);
    expect(refusalOf(number({ e164: '+442079460000', country: 'GB', kind: 'premium' }), wider)).to.equal('kind-not-allowed');
    expect(refusalOf(number({ e164: '+80012345678', country: null, kind: 'toll-free' }), wider)).to.equal(null);
    expect(refusalOf(number({ e164: '+882161234567', country: null, kind: 'satellite' }), wider)).to.equal(null);
    expect(refusalOf(number({ e164: '+390612345678', country: 'IT' }), wider), 'an empty prefix allows nothing').to.equal('country-not-allowed');
  });

  it('allows no number that belongs to no country, unless its prefix is', () => {
    const nowhere = number({ e164: '+883510012345', country: null, kind: 'mobile' });
    expect(refusalOf(nowhere, POLICY)).to.equal('country-not-allowed');
    expect(refusalOf(nowhere, { ...POLICY, allowedPrefixes: ['+8835100'] })).to.equal(null);
  });

  it('denies prefixes whatever else allows them', () => {
    expect(refusalOf(number(), { ...POLICY, deniedPrefixes: ['+4930'], allowedPrefixes: ['+493012345678'] })).to.equal('prefix-denied');
  });

  it('lets nobody allow emergency and service numbers, nor what is not E.164', () => {
    const open = { ...POLICY, kinds: ['fixed', 'unknown'] as const, allowedPrefixes: ['+49', '+49112', '+493012345678;ext=5'] };
    expect(refusalOf(number({ e164: '+49112', kind: 'short' }), open)).to.equal('number-short');
    expect(refusalOf(null, open)).to.equal('number-invalid');
    for (const e164 of ['+49112', '493012345678', '+493012345678;ext=5', '+4930123\n45678', '+0930123456', '+4930123456789012', '']) expect(refusalOf(number({ e164 }), open), e164).to.equal('number-invalid');
  });
});
