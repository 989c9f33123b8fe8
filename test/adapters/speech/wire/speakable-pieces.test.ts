import { expect } from 'chai';
import { speakablePieces } from '../../../../src/adapters/speech/wire/speakable-pieces.js';

describe('speakablePieces', () => {
  it('cuts a text into its sentences', () => {
    expect(speakablePieces('Hello!  How are you? I am fine. “Really?” Yes…')).to.deep.equal(['Hello!', 'How are you?', 'I am fine.', '“Really?”', 'Yes…']);
  });

  it('takes no abbreviation or number for the end of a sentence', () => {
    expect(speakablePieces('Mr. Smith lives at St. James, e.g. No. 5. It costs 3.50 a day.')).to.deep.equal(['Mr. Smith lives at St. James, e.g. No. 5.', 'It costs 3.50 a day.']);
  });

  it('finds nothing to say where there are no letters or numbers', () => {
    for (const text of ['', '  ', '...', '?! – *', '\u200B']) expect(speakablePieces(text), JSON.stringify(text)).to.deep.equal([]);
  });

  it('leaves nothing that an engine could take for markup or control', () => {
    expect(speakablePieces('Press\u0000 <break time="9s"/>one\nnow\u202E.')).to.deep.equal(['Press break time="9s"/ one now .']);
  });

  it('speaks every script, composed', () => {
    expect(speakablePieces('Cafe\u0301. Привет. 你好')).to.deep.equal(['Café.', 'Привет.', '你好']);
  });

  describe('of a sentence that is too long', () => {
    const words = (count: number): string => Array.from({ length: count }, (_, i) => `word${i}`).join(' ');

    it('leaves 160 characters in one piece, and not one more', () => {
      const exact = `${'a'.repeat(80)} ${'b'.repeat(79)}`;
      expect(exact).to.have.length(160);
      expect(speakablePieces(exact)).to.deep.equal([exact]);
      expect(speakablePieces(`${exact}b`)).to.deep.equal(['a'.repeat(80), 'b'.repeat(80)]);
    });

    it('cuts after a comma rather than after a word', () => {
      const [head, tail] = [words(15), words(20)];
      expect(speakablePieces(`${head}, ${tail}.`)).to.deep.equal([`${head},`, `${tail}.`]);
    });

    it('cuts after a word rather than after a comma near its beginning', () => {
      expect(speakablePieces(`Well, ${words(40)}`)[0]!.length).to.be.within(140, 160);
    });

    it('cuts what has no spaces, too, and loses nothing', () => {
      const pieces = speakablePieces('x'.repeat(401));
      expect(pieces.map((piece) => piece.length)).to.deep.equal([160, 160, 81]);
      const text = words(200);
      expect(speakablePieces(text).join(' ')).to.equal(text);
    });
  });
});
