import { expect } from 'chai';
import { SummaryTexts } from '../../../../src/adapters/state/redis/summary-texts.js';
import { aSummary } from '../../../support/builders/a-kept-call.js';

describe('SummaryTexts', () => {
  const text = (number: number, state: 'active' | 'ended' = 'active'): string => JSON.stringify(aSummary(number, { state }));

  it('reads a text once, and one that has changed anew', () => {
    const texts = new SummaryTexts();
    const first = texts.decode(text(1));
    expect(first).to.deep.equal(aSummary(1, { state: 'active' }));
    expect(texts.decode(text(1))).to.equal(first);
    expect(texts.decode(text(1, 'ended'))?.state).to.equal('ended');
  });

  it('takes nothing for a summary that is none', () => {
    const texts = new SummaryTexts();
    for (const none of ['', 'null', '{}', '{"callId":7}', '{']) expect(texts.decode(none), none).to.equal(null);
  });

  it('knows the two thousand that were asked for last', () => {
    const texts = new SummaryTexts();
    const [first, second] = [texts.decode(text(0)), texts.decode(text(1))];
    for (let number = 2; number < 2000; number += 1) texts.decode(text(number));
    expect(texts.decode(text(0))).to.equal(first);
    texts.decode(text(2000));
    expect(texts.decode(text(0))).to.equal(first);
    expect(texts.decode(text(1))).not.to.equal(second);
  });
});
