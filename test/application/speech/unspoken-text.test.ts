import { expect } from 'chai';
import { saysAll, unspokenText } from '../../../src/application/speech/unspoken-text.js';

const timed = (...words: readonly string[]) => words.map((text, index) => ({ text, startMs: index * 100, endMs: (index + 1) * 100 }));

describe('what of a text is left', () => {
  it('begins with the first word that was not said to its end', () => {
    const text = 'Hello, one two: three.';
    const words = timed('hello', 'one', 'two', 'three');
    expect(unspokenText(text, words, 0)).to.equal(text);
    expect(unspokenText(text, words, 199)).to.equal('one two: three.');
    expect(unspokenText(text, words, 200)).to.equal('two: three.');
    expect(unspokenText(text, words, 400)).to.equal('');
  });

  it('is nothing after a token of which the voice told only the beginning, or pieces', () => {
    for (const [text, ...words] of [['No, I don’t.', 'No', 'I', 'don'], ['It’s on the 3rd.', 'It', 'on', 'the', '3'], ['We open at 9 a.m.', 'We', 'open', 'at', '9', 'a'], ['A-B-C', 'A', 'B', 'C'], ['U.S.A.', 'U']] as const) {
      expect(saysAll(text, timed(...words)), text).to.equal(true);
    }
  });

  it('keeps a word that comes twice apart', () => {
    expect(unspokenText('the card, the bank', timed('the', 'card', 'the'), 300)).to.equal('bank');
    expect(saysAll('the card, the bank', timed('the', 'card', 'the'))).to.equal(false);
  });

  it('is not lost to a word that the voice tells in a form of its own', () => {
    expect(unspokenText('It costs 3 dollars today', timed('It', 'costs', 'three', 'dollars'), 400)).to.equal('today');
  });
});
