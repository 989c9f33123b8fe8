import { format, inspect } from 'node:util';
import { expect } from 'chai';
import { Secret } from '../../src/config/secret.js';

describe('Secret', () => {
  const secret = new Secret('opensesame');

  it('opens only by reveal', () => {
    expect(secret.reveal()).to.equal('opensesame');
  });

  it('prints *** however it is printed', () => {
    const holder = { deep: { secret } };
    for (const shown of [String(secret), `${String(secret)}!`, JSON.stringify(holder), inspect(holder, { depth: 9, showHidden: true }), format('%s %o %j', secret, holder, holder)]) {
      expect(shown).to.contain('***').and.not.to.contain('opensesame');
    }
  });

  it('has no property to read it from', () => {
    expect(Object.keys(secret)).to.deep.equal([]);
    expect(JSON.stringify(Object.getOwnPropertyDescriptors(secret))).not.to.contain('opensesame');
  });
});
