import { expect } from 'chai';
import type { NumberPlan } from '../../src/application/ports/number-plan.js';

/** What every NumberPlan promises. Fictional plans know the same numbers. */
export function numberPlanContract(make: () => NumberPlan): void {
  describe('keeps the contract of NumberPlan', () => {
    const plan = make();

    it('says of a number with + whose it is and what it is, wherever it is asked', () => {
      const expected: readonly (readonly [string, string | null, string])[] = [
        ['+493012345678', 'DE', 'fixed'], ['+4915112345678', 'DE', 'mobile'], ['+12025550123', 'US', 'fixed-or-mobile'],
        ['+18765551234', 'JM', 'mobile'], ['+19005551234', 'US', 'premium'], ['+499001123456', 'DE', 'premium'], ['+4918012345', 'DE', 'shared-cost'],
        ['+870773111632', null, 'satellite'], ['+8821612345678', null, 'satellite'], ['+88213123456', null, 'unknown'], ['+80012345678', null, 'toll-free'],
      ];
      for (const home of [null, 'DE', 'US']) {
        for (const [e164, country, kind] of expected) expect(plan.describe(e164, home), e164).to.deep.equal({ e164, country, kind });
      }
    });

    it('reads a number as people write it, and gives back nothing but + and digits', () => {
      for (const written of ['+49 30 12345678', '+49 (0)30 / 1234-5678', '+49.30.12345678']) {
        expect(plan.describe(written, null), written).to.deep.equal({ e164: '+493012345678', country: 'DE', kind: 'fixed' });
      }
    });

    it('reads a number without + as dialled at home, and not at all without a home', () => {
      for (const dialled of ['030 12345678', '0049 30 12345678']) {
        expect(plan.describe(dialled, 'DE'), dialled).to.deep.equal({ e164: '+493012345678', country: 'DE', kind: 'fixed' });
        expect(plan.describe(dialled, null), dialled).to.equal(null);
        expect(plan.describe(dialled, 'XX'), dialled).to.equal(null);
      }
    });

    it('knows emergency and service numbers for what they are, with and without their country', () => {
      for (const [dialled, home] of [['+49112', null], ['+49110', null], ['112', 'DE'], ['110', 'DE'], ['+1911', null], ['911', 'US'], ['+44999', null], ['+49116117', null], ['116117', 'DE']] as const) {
        expect(plan.describe(dialled, home)?.kind, dialled).to.equal('short');
      }
    });

    it('finds no number in anything else', () => {
      const none = [
        '', '+', ' ', 'anna', '1-800-FLOWERS', '+4930abc', '+49 30 12345678 ext 5', '+493012345678;ext=5', 'tel:+493012345678', 'sip:4930@example.com',
        '+4930\n12345678', '+493012345678\n', '\t+493012345678', '+\u0664\u0669\u0663\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668', '\uff0b493012345678', '++493012345678', '+49,30', '+49&30', '+493012345678@evil',
        '+4930123456789012345678', `+49${'0'.repeat(200)}`, '+999123456789', '+0493012345678',
      ];
      for (const text of none) expect(plan.describe(text, 'DE'), JSON.stringify(text)).to.equal(null);
    });
  });
}
