import { expect } from 'chai';
import { SummaryTexts } from '../../../../src/adapters/state/redis/summary-texts.js';
import type { CallSummary } from '../../../../src/domain/call/call-summary.js';
import { aSummary, callIdAt } from '../../../support/builders/a-kept-call.js';

const BANK = 'north-bank';

describe('SummaryTexts', () => {
  const text = (number: number, state: 'active' | 'ended' = 'active'): string => JSON.stringify(aSummary(number, { state }));
  const read = (texts: SummaryTexts, number: number, state: 'active' | 'ended' = 'active'): CallSummary | null => texts.decode(BANK, callIdAt(number), text(number, state));

  it('reads a text once, and one that has changed anew', () => {
    const texts = new SummaryTexts();
    const first = read(texts, 1);
    expect(first).to.deep.equal(aSummary(1, { state: 'active' }));
    expect(read(texts, 1)).to.equal(first);
    expect(read(texts, 1, 'ended')?.state).to.equal('ended');
    expect(read(texts, 1)).not.to.equal(first);
  });

  it('takes nothing for a summary that is none', () => {
    const texts = new SummaryTexts();
    for (const none of ['', 'null', '{}', '{"callId":7}', '{']) expect(texts.decode(BANK, callIdAt(1), none), none).to.equal(null);
  });

  it('knows the two thousand that were asked for last', () => {
    const texts = new SummaryTexts();
    const [first, second] = [read(texts, 0), read(texts, 1)];
    for (let number = 2; number < 2000; number += 1) read(texts, number);
    expect(read(texts, 0)).to.equal(first);
    read(texts, 2000);
    expect(read(texts, 0)).to.equal(first);
    expect(read(texts, 1)).not.to.equal(second);
  });

  it('forgets a call that is erased, of its tenant only, and keeps nothing else of an older text', () => {
    const texts = new SummaryTexts();
    const [first, second, others] = [read(texts, 1), read(texts, 2), texts.decode('south-bank', callIdAt(1), text(1))];
    texts.forget(BANK, callIdAt(1));
    expect(read(texts, 1)).not.to.equal(first);
    expect(read(texts, 2)).to.equal(second);
    expect(texts.decode('south-bank', callIdAt(1), text(1))).to.equal(others);
    read(texts, 2, 'ended');
    texts.forget(BANK, callIdAt(2));
    expect(kept(texts)).to.deep.equal([`south-bank:${callIdAt(1)}`, `${BANK}:${callIdAt(1)}`].sort());
  });

  it('forgets those of a tenant that are of somebody', () => {
    const texts = new SummaryTexts();
    read(texts, 1);
    read(texts, 2);
    texts.decode('south-bank', callIdAt(1), text(1));
    texts.forgetWhere(BANK, ({ callId }) => callId === callIdAt(1));
    expect(kept(texts)).to.deep.equal([`${BANK}:${callIdAt(2)}`, `south-bank:${callIdAt(1)}`].sort());
  });

  /** What it holds, by name: there are no numbers in these. */
  const kept = (texts: SummaryTexts): readonly string[] => [...(texts as unknown as { readonly known: Map<string, unknown> }).known.keys()].sort();
});
