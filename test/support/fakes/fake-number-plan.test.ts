import { numberPlanContract } from '../../contract/number-plan.contract.js';
import { FakeNumberPlan } from './fake-number-plan.js';

describe('FakeNumberPlan', () => {
  numberPlanContract(() => new FakeNumberPlan());
});
