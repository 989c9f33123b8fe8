import { expect } from 'chai';
import { likeness, sameWords, spokenWords } from '../../../src/domain/simulation/spoken-words.js';

describe('spoken words', () => {
  it('are what a recogniser writes', () => {
    expect(spokenWords('  Where\'s my card—please? ')).to.deep.equal(['wheres', 'my', 'card', 'please']);
  });

  it('are the same whatever the punctuation', () => {
    expect(sameWords('No, thank you. Goodbye!', 'no thank you goodbye')).to.equal(true);
    expect(sameWords('no thank you', 'thank you')).to.equal(false);
  });
});

describe('likeness', () => {
  it('is whole when the words are among others', () => {
    expect(likeness('your card is on its way', 'thank you. your card is on its way and arrives soon')).to.equal(1);
  });

  it('loses a share for each word that is wrong, missing or too many', () => {
    expect(likeness('it arrives on monday morning', 'it arrives on tuesday morning')).to.equal(0.8);
    expect(likeness('it arrives on monday morning', 'it arrives monday morning')).to.equal(0.8);
    expect(likeness('it arrives on monday morning', 'it arrives only on monday morning')).to.equal(0.8);
  });

  it('is nothing where nothing was heard', () => {
    expect(likeness('hello there', '')).to.equal(0);
  });

  it('minds the order of words', () => {
    expect(likeness('card my is where', 'where is my card')).to.be.below(0.6);
  });
});
