import { expect } from 'chai';
import type { HandoverTarget } from '../../../src/domain/conversation/stimulus.js';
import { mayTransfer } from '../../../src/domain/tenant/transfer-policy.js';
import { FakeNumberPlan } from '../../support/fakes/fake-number-plan.js';

type Profile = Parameters<typeof mayTransfer>[0];
const number = (dialled: string): { kind: 'number'; number: string } => ({ kind: 'number', number: dialled });

describe('mayTransfer', () => {
  const plan = new FakeNumberPlan();
  const profile: Profile = { fallback: number('+4930555'), transferNumbers: ['+4940', '0151', '5551999', '+1900'] };
  const may = (target: HandoverTarget, of = profile): boolean => mayTransfer(of, target, target.kind === 'number' ? plan.describe(target.number, 'DE') : null);

  it('lets the agent dial numbers that begin as the tenant allows', () => {
    for (const dialled of ['+4940', '+49401234', '015112345678', '5551999']) expect(may(number(dialled)), dialled).to.equal(true);
  });

  it('refuses all others: premium numbers, other countries, the same digits written another way', () => {
    for (const dialled of ['+49900123', '09001234', '+19005551234', '+5551999', '005551999', '004940123', '4940123', '+494']) {
      expect(may(number(dialled)), dialled).to.equal(false);
    }
  });

  it('refuses what is dear or unknown although its beginning is allowed, unless the number itself is', () => {
    const talkedInto: Profile = { fallback: null, transferNumbers: ['+1', '+49', '+8', '5'] };
    for (const dear of ['+19005551234', '+499001123456', '+4918012345', '+8821612345678', '+88213123456', '+49112', '+88989898989']) {
      expect(may(number(dear), talkedInto), dear).to.equal(false);
      expect(may(number(dear), { ...talkedInto, transferNumbers: [dear] }), dear).to.equal(true);
      expect(may(number(dear), { fallback: number(dear), transferNumbers: [] }), dear).to.equal(true);
    }
    expect(may(number('+493012345678'), talkedInto)).to.equal(true);
  });

  it('lets nobody dial a number when the tenant names none, except the fallback', () => {
    const closed = { ...profile, transferNumbers: [] };
    expect(may(number('+49401234'), closed)).to.equal(false);
    expect(may(number('+4930555'), closed)).to.equal(true);
    expect(may(number('+49305559'), closed), 'longer than the fallback').to.equal(false);
    expect(may(number('+49401234'), { fallback: null, transferNumbers: [''] }), 'an empty beginning allows nothing').to.equal(false);
  });

  it('leaves extensions to the dialplan context', () => {
    expect(may({ kind: 'extension', extension: 'person' }, { fallback: null, transferNumbers: [] })).to.equal(true);
  });
});
