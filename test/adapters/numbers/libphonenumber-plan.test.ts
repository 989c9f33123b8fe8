import { expect } from 'chai';
import { LibphonenumberPlan } from '../../../src/adapters/numbers/libphonenumber-plan.js';
import { numberPlanContract } from '../../contract/number-plan.contract.js';

describe('LibphonenumberPlan', () => {
  numberPlanContract(() => new LibphonenumberPlan());

  it('tells countries apart that share a calling code', () => {
    const plan = new LibphonenumberPlan();
    const countries = ['+12025550123', '+14165550123', '+18095550123', '+18765551234', '+77012345678', '+74951234567', '+441534123456', '+390612345678'].map((number) => plan.describe(number, null)?.country);
    expect(countries).to.deep.equal(['US', 'CA', 'DO', 'JM', 'KZ', 'RU', 'JE', 'IT']);
  });
});
