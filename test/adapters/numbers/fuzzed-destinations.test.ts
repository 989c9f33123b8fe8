import { expect } from 'chai';
import * as fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { LibphonenumberPlan } from '../../../src/adapters/numbers/libphonenumber-plan.js';
import { type DestinationPolicy, refusalOf } from '../../../src/domain/outbound/destination-policy.js';
import { destinations } from '../../support/builders/some-destinations.js';

const RUNS = 10_000;
const SEED = 20_261_121;
const GERMAN: DestinationPolicy = { countries: ['DE'], kinds: ['fixed', 'mobile'], allowedPrefixes: [], deniedPrefixes: [] };

describe('10,000 destinations as attackers give them', () => {
  const plan = new LibphonenumberPlan();
  const all = fc.sample(destinations, { numRuns: RUNS, seed: SEED });

  it('pass no policy that allows nothing', () => {
    for (const to of all) {
      for (const policy of [null, { countries: [], kinds: [], allowedPrefixes: [], deniedPrefixes: [] }, { ...GERMAN, countries: [] }]) {
        expect(refusalOf(plan.describe(to, 'DE'), policy), JSON.stringify(to)).not.to.equal(null);
      }
    }
  });

  it('pass a policy for German fixed lines and mobiles only as what the numbering plan itself calls that, and are dialled by our own digits', () => {
    let passed = 0;
    for (const to of all) {
      for (const home of [null, 'DE']) {
        const number = plan.describe(to, home);
        if (refusalOf(number, GERMAN) !== null || number === null) continue;
        passed += 1;
        expect(number.e164, JSON.stringify(to)).to.match(/^\+49[1-9][0-9]{4,12}$/u);
        const known = parsePhoneNumberFromString(number.e164); // what is dialled, asked anew
        expect(known?.isValid(), number.e164).to.equal(true);
        expect([known?.country, known?.getType()], number.e164).to.be.deep.oneOf([['DE', 'FIXED_LINE'], ['DE', 'MOBILE'], ['DE', 'FIXED_LINE_OR_MOBILE']]);
        expect(to, 'letters, other scripts and separators pass nothing').to.match(/^\+?[0-9 ().\-/]+$/u);
      }
    }
    expect(passed, 'passed: the policy is no wall against everything').to.be.greaterThan(RUNS / 20);
  });
});
