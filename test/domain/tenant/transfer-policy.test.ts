import { expect } from 'chai';
import type { HandoverTarget } from '../../../src/domain/conversation/stimulus.js';
import { dialledBy, mayTransfer } from '../../../src/domain/tenant/transfer-policy.js';
import { FakeNumberPlan } from '../../support/fakes/fake-number-plan.js';

type Profile = Parameters<typeof mayTransfer>[0];
const number = (dialled: string): { kind: 'number'; number: string } => ({ kind: 'number', number: dialled });

describe('mayTransfer', () => {
  const plan = new FakeNumberPlan();
  const profile: Profile = { fallback: number('+4930555'), transferNumbers: ['+4940', '0151', '5551999', '+1900'] };
  const may = (target: HandoverTarget, of = profile): boolean => {
    const dialled = dialledBy(target);
    return mayTransfer(of, target, dialled === null ? null : plan.describe(dialled, 'DE'));
  };

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

  describe('of an extension', () => {
    const extension = (dialled: string): HandoverTarget => ({ kind: 'extension', extension: dialled });
    const closed: Profile = { fallback: null, transferNumbers: [] };

    it('leaves names and short ones to the dialplan context, and queues', () => {
      for (const name of ['person', '100', '123456', 'support-2', 'desk_123456']) expect(may(extension(name), closed), name).to.equal(true);
      expect(may({ kind: 'queue', queue: 'q1234567' }, closed)).to.equal(true);
    });

    it('of seven digits and more refuses what a pattern of the context could dial, however it is written', () => {
      for (const dialled of ['0049301234567', '015112345678', '1234567', '+49301234567', '9-0049-30-1234567', '0*1234567', 'x1y2z3a4b5c6d7', '09001234567']) {
        expect(may(extension(dialled), closed), dialled).to.equal(false);
      }
    });

    it('lets it pass as it lets a number: by its whole, or by an allowed beginning of a number that is not dear', () => {
      expect(may(extension('1234567'), { ...closed, transferNumbers: ['1234567'] })).to.equal(true);
      expect(may(extension('015112345678'), profile)).to.equal(true);
      expect(may(extension('09001123456'), { ...closed, transferNumbers: ['0'] }), 'premium').to.equal(false);
      expect(may(extension('7654321'), { fallback: { kind: 'extension', extension: '7654321' }, transferNumbers: [] }), 'the fallback').to.equal(true);
      expect(may(extension('7654321'), { fallback: number('7654321'), transferNumbers: [] }), 'another way there').to.equal(false);
    });
  });
});
