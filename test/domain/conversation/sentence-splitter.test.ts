import { expect } from 'chai';
import fc from 'fast-check';
import { OPEN_SPLITTER, PIECE_CHARACTERS_MAX, SentenceSplitter, splitDelta, splitRest } from '../../../src/domain/conversation/sentence-splitter.js';
import { clean, OPEN_CLEANER } from '../../../src/domain/conversation/speech-text.js';

function split(...deltas: readonly string[]): readonly string[] {
  const splitter = new SentenceSplitter();
  return [...deltas.flatMap((delta) => splitter.push(delta)), ...splitter.flush()];
}

const characters = (text: string): readonly string[] => Array.from(text);
const cleaned = (text: string): string => (clean(OPEN_CLEANER, text, true).text).replace(/\s+/gu, ' ').trim();
const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, '');

describe('SentenceSplitter', () => {
  it('gives out the first clause as soon as what follows its mark is known', () => {
    const splitter = new SentenceSplitter();
    expect(splitter.push('Of course I')).to.deep.equal([]);
    expect(splitter.push(' can,')).to.deep.equal([]);
    expect(splitter.push(' let')).to.deep.equal(['Of course I can,']);
    expect(splitter.push(' me look. ')).to.deep.equal(['let me look.']);
    expect(splitter.flush()).to.deep.equal([]);
  });

  it('does not spend a breath on a clause of fewer than twelve characters', () => {
    expect(split('Yes, sure. That is possible. Good.')).to.deep.equal(['Yes, sure. That is possible.', 'Good.']);
  });

  it('speaks later pieces as whole sentences, not as clauses', () => {
    expect(split('Let me see now. Your card, sent on Monday, is on its way. Anything else?'))
      .to.deep.equal(['Let me see now.', 'Your card, sent on Monday, is on its way.', 'Anything else?']);
  });

  for (const text of [
    'It costs $29.50 per month for you.', 'Please send an e-mail to the office.', 'Version 3.5 is the newest one.',
    'Please ask Mr. Smith or Dr. Jones about it.', 'Some fruit, e.g. apples and pears.'.replace(',', ''), 'We open at 10:30 in the morning.',
    'We open at 9 a.m. on most weekdays.', 'Ask for J. Smith at the front desk.', 'The limit is 1,000 euros a day.', 'See www.example.com for the form.',
  ]) it(`does not cut "${text}"`, () => { expect(split(...characters(text))).to.deep.equal([text]); });

  it('ends a sentence at an abbreviation when a capital follows', () => {
    expect(split('We open today at 9 a.m. We close at 5 p.m. on Fridays.')).to.deep.equal(['We open today at 9 a.m.', 'We close at 5 p.m. on Fridays.']);
  });

  it('keeps the number of a list item with its words', () => {
    expect(split('1. Open the letter. 2. Sign the card.')[0]).to.equal('1. Open the letter.');
  });

  it('keeps closing quotes and brackets with the sentence they close', () => {
    expect(split('She said "Thank you so much!" And (as always) she smiled.')).to.deep.equal(['She said "Thank you so much!"', 'And (as always) she smiled.']);
  });

  it('takes a line break as the end of a piece, however short', () => {
    expect(split('Options\n- cards\n- loans\n')).to.deep.equal(['Options', 'cards', 'loans']);
  });

  it('speaks scripts that write no blanks', () => {
    expect(split('您的卡已经在路上了，请您耐心等待。还有什么可以帮您吗？')).to.deep.equal(['您的卡已经在路上了，请您耐心等待。', '还有什么可以帮您吗？']);
  });

  it('strips markdown, emoji and control characters', () => {
    expect(split('# Hello **there** 😀\u0007, see [our *page*](https://example.com/a_b), `now`.\n---\n> _Bye_ 👩‍👩‍👧 ~~no~~ |x|\u200b'))
      .to.deep.equal(['Hello there ,', 'see our page, now.', 'Bye no x']);
  });

  it('keeps marks that are words', () => {
    expect(split('Press # or * , 2 * 3 is 6 and snake_case is -5 !')).to.deep.equal(['Press # or * , 2 * 3 is 6 and snake_case is -5 !'.slice(0, 14), '2 * 3 is 6 and snake_case is -5 !']);
  });

  it('cuts a sentence without end at its last clause, else at a word', () => {
    const words = 'word '.repeat(100).trim();
    const pieces = split(words);
    expect(pieces.length).to.be.greaterThan(1);
    for (const piece of pieces) expect(piece.length).to.be.at.most(PIECE_CHARACTERS_MAX);
    expect(pieces.join(' ')).to.equal(words);
    const clauses = split(`The first sentence. ${'and so on '.repeat(20).trim()}, ${'for ever '.repeat(30).trim()}.`);
    expect(clauses[1]).to.match(/so on,$/u);
  });

  it('gives a synthesiser nothing that has no sound', () => {
    expect(split('Good morning to you. ', '... ', '\n"\n', '😀 !')).to.deep.equal(['Good morning to you.']);
  });

  it('gives out what waits when the text pauses, and goes on with whole sentences', () => {
    const splitter = new SentenceSplitter();
    splitter.push('One moment');
    expect(splitter.flush()).to.deep.equal(['One moment']);
    expect(splitter.push('Here it is, found at last. ')).to.deep.equal(['Here it is, found at last.']);
  });

  it('is pure: the same state and delta give the same step', () => {
    const { state } = splitDelta(OPEN_SPLITTER, 'Good morning to');
    expect(splitDelta(state, ' you, dear caller')).to.deep.equal(splitDelta(state, ' you, dear caller'));
    expect(splitRest(state).pieces).to.deep.equal(['Good morning to']);
  });
});

const sample = fc.array(fc.oneof(
  fc.constantFrom('Hello', 'there', 'Mr.', 'e.g.', '3.5', '$29.50', 'e-mail', 'a.m.', '**bold**', '_so_', '[x](http://y.z)', '# ', '- ', '\n', '😀', '👩‍👩‍👧', '...', '?!', '"Yes."', '，', '。', '~~', '`', '!', '|', '---'),
  fc.string({ unit: 'binary', maxLength: 8 }),
), { maxLength: 60 }).map((parts) => parts.join(' '));

function cutAt(text: string, seeds: readonly number[]): readonly string[] {
  const cuts = [...new Set(seeds.map((seed) => seed % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => text.slice(from, cuts[index] ?? text.length));
}

describe('splitting any text, cut into any deltas', () => {
  it('gives pieces that together are the cleaned text', () => {
    fc.assert(fc.property(sample, fc.array(fc.nat(), { maxLength: 20 }), (text, seeds) => {
      const pieces = split(...cutAt(text, seeds));
      expect(lettersOf(pieces.join(' '))).to.equal(lettersOf(cleaned(text)));
      for (const piece of pieces) {
        expect(piece.length).to.be.within(1, PIECE_CHARACTERS_MAX);
        expect(piece).to.equal(piece.trim());
        expect(cleaned(text)).to.include(piece);
      }
    }), { numRuns: 500 });
  });

  it('gives the same pieces however the deltas were cut', () => {
    fc.assert(fc.property(sample, fc.array(fc.nat(), { maxLength: 20 }), (text, seeds) => {
      expect(split(...cutAt(text, seeds))).to.deep.equal(split(text));
    }), { numRuns: 500 });
  });

  it('joins by blanks to the cleaned text when no word is longer than a piece and the script has blanks', () => {
    const words = fc.array(fc.constantFrom('Hello', 'there,', 'Mr.', 'Smith.', 'e-mail', '$29.50', 'Why?', '**so**', '(yes)', '- x', 'a.m.', 'It'), { maxLength: 200 });
    fc.assert(fc.property(words, fc.array(fc.nat(), { maxLength: 20 }), (parts, seeds) => {
      const text = parts.join(' ');
      expect(split(...cutAt(text, seeds)).join(' ')).to.equal(cleaned(text));
    }), { numRuns: 500 });
  });
});
