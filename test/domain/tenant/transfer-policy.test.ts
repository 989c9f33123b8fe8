import { expect } from 'chai';
import { mayTransfer } from '../../../src/domain/tenant/transfer-policy.js';

const number = (dialled: string): { kind: 'number'; number: string } => ({ kind: 'number', number: dialled });

describe('mayTransfer', () => {
  const profile = { fallback: number('+4930555'), transferNumbers: ['+4940', '5551'] };

  it('lets the agent dial numbers that begin as the tenant allows', () => {
    for (const dialled of ['+4940', '+49401234', '5551999']) expect(mayTransfer(profile, number(dialled)), dialled).to.equal(true);
  });

  it('refuses all others: premium numbers, other countries, the same digits written another way', () => {
    for (const dialled of ['+49900123', '09001234', '+19005551234', '+5551999', '005551999', '004940123', '4940123', '+494']) {
      expect(mayTransfer(profile, number(dialled)), dialled).to.equal(false);
    }
  });

  it('lets nobody dial a number when the tenant names none, except the fallback', () => {
    const closed = { ...profile, transferNumbers: [] };
    expect(mayTransfer(closed, number('+49401234'))).to.equal(false);
    expect(mayTransfer(closed, number('+4930555'))).to.equal(true);
    expect(mayTransfer(closed, number('+49305559')), 'longer than the fallback').to.equal(false);
    expect(mayTransfer({ fallback: null, transferNumbers: [''] }, number('+49401234')), 'an empty beginning allows nothing').to.equal(false);
  });

  it('leaves extensions to the dialplan context', () => {
    expect(mayTransfer({ fallback: null, transferNumbers: [] }, { kind: 'extension', extension: 'person' })).to.equal(true);
  });
});
