import { expect } from 'chai';
import fc from 'fast-check';
import { heardText } from '../../../src/domain/conversation/heard-text.js';

const words = (...spoken: readonly [text: string, startMs: number, endMs: number][]): { text: string; startMs: number; endMs: number }[] =>
  spoken.map(([text, startMs, endMs]) => ({ text, startMs, endMs }));

describe('heardText', () => {
  it('is nothing before the first word is over, and everything at the end', () => {
    const spoken = { text: 'Hello dear caller.', words: [], totalMs: 1200 };
    expect(heardText({ ...spoken, playedMs: 0 })).to.equal('');
    expect(heardText({ ...spoken, playedMs: 20 })).to.equal('');
    expect(heardText({ ...spoken, playedMs: 1200 })).to.equal('Hello dear caller.');
    expect(heardText({ ...spoken, playedMs: 1190 })).to.equal('Hello dear caller.');
  });

  it('is exact to the word when word times are known', () => {
    const spoken = { text: 'Your card, dear.', words: words(['your', 0, 200], ['card', 200, 600], ['dear', 750, 1100]), totalMs: 1200 };
    expect(heardText({ ...spoken, playedMs: 599 })).to.equal('Your');
    expect(heardText({ ...spoken, playedMs: 600 })).to.equal('Your card,');
    expect(heardText({ ...spoken, playedMs: 1100 })).to.equal('Your card, dear.');
  });

  it('carries the position over when the synthesiser spells numbers out', () => {
    const spoken = {
      text: 'It costs 29 euros.', totalMs: 1500,
      words: words(['it', 0, 100], ['costs', 100, 400], ['twenty', 400, 700], ['nine', 700, 900], ['euros', 900, 1400]),
    };
    expect(heardText({ ...spoken, playedMs: 400 })).to.equal('It costs');
    expect(heardText({ ...spoken, playedMs: 750 })).to.equal('It costs');
    expect(heardText({ ...spoken, playedMs: 950 })).to.equal('It costs 29');
    expect(heardText({ ...spoken, playedMs: 1420 })).to.equal('It costs 29 euros.');
  });

  it('is exact around what the synthesiser leaves out, joins or never says again', () => {
    const spoken = { totalMs: 2000, words: words(['see', 0, 200], ['dot', 200, 400], ['com', 400, 600], ['now', 600, 800]) };
    expect(heardText({ ...spoken, text: 'See - a.com now', playedMs: 500 })).to.equal('See');
    expect(heardText({ ...spoken, text: 'See - a.com now', playedMs: 600 })).to.equal('See - a.com');
    expect(heardText({ ...spoken, text: 'Entirely different words', playedMs: 700 })).to.equal('');
    expect(heardText({ ...spoken, text: 'Entirely different words', playedMs: 800 })).to.equal('Entirely different words');
  });

  it('gives long words a longer share than short ones when no times are known', () => {
    const spoken = { text: 'A telecommunication is a', words: [], totalMs: 1000 };
    expect(heardText({ ...spoken, playedMs: 200 })).to.equal('A');
    expect(heardText({ ...spoken, playedMs: 650 })).to.equal('A');
    expect(heardText({ ...spoken, playedMs: 850 })).to.equal('A telecommunication');
  });

  it('counts the pause after punctuation', () => {
    const at = (text: string): string => heardText({ text, words: [], playedMs: 800, totalMs: 1000 });
    expect(at('Maybe so now go')).to.equal('Maybe so now');
    expect(at('Maybe so. Now go')).to.equal('Maybe so.');
  });

  /*
   * Ends of the words in milliseconds, from the phones of flite's voices rms and slt ("-ps -psdur"), for the quality of the
   * estimate: a person who was cut off is not annoyed by one word more or less.
   */
  const recorded: readonly (readonly [text: string, endsMs: readonly number[], totalMs: number])[] = [
    ['Your new card is on its way. It left our office on Tuesday, and it will arrive on Thursday.', [388, 604, 930, 1138, 1290, 1505, 1816, 2086, 2469, 2828, 3353, 3546, 3972, 4307, 4453, 4643, 5014, 5217, 5882], 6058],
    ['Of course. One moment please, I am connecting you to a colleague.', [326, 841, 1150, 1546, 1856, 2090, 2237, 2869, 3037, 3121, 3147, 3776], 3987],
    ['To be sure that it is you, please type your four digit pin on the keypad.', [263, 421, 686, 950, 1083, 1209, 1499, 2055, 2376, 2576, 2881, 3195, 3476, 3733, 3829, 4542], 4701],
    ['For your own safety, I cannot change your address on the telephone.', [313, 632, 822, 1488, 1823, 2233, 2718, 2899, 3327, 3521, 3583, 4323], 4498],
  ];
  for (const [text, endsMs, totalMs] of recorded) {
    it(`comes within a word of the truth nearly always for "${text.slice(0, 40)}…"`, () => {
      const errors = Array.from({ length: Math.floor(totalMs / 10) }, (_, index) => {
        const playedMs = index * 10;
        const heard = heardText({ text, words: [], playedMs, totalMs }).split(' ').filter((word) => word !== '').length;
        return Math.abs(heard - endsMs.filter((endMs) => endMs <= playedMs).length);
      });
      expect(errors.filter((error) => error <= 1).length / errors.length).to.be.at.least(0.95);
      expect(Math.max(...errors)).to.be.at.most(2);
    });
  }

  it('is always a beginning of the text in whole words, and grows with what was played', () => {
    const text = fc.array(fc.constantFrom('hello,', 'a', 'card', '471123', 'Montag.', '卡', 'question?'), { minLength: 1, maxLength: 30 }).map((parts) => parts.join(' '));
    fc.assert(fc.property(text, fc.nat(5000), fc.nat(5000), fc.nat(5000), (spoken, totalMs, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map((playedMs) => heardText({ text: spoken, words: [], playedMs, totalMs })) as [string, string];
      expect(`${spoken} `.startsWith(less === '' ? '' : `${less} `)).to.equal(true);
      expect(more.startsWith(less)).to.equal(true);
    }));
  });
});
