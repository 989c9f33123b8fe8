import { expect } from 'chai';
import { numberLanguagesOf } from '../../../src/domain/privacy/languages/number-languages.js';
import { numberTokens } from '../../../src/domain/privacy/number-tokens.js';
import { french, german, spanish } from '../../support/privacy/number-reader.js';

const read = (text: string, ...tags: string[]): string => numberTokens(text, numberLanguagesOf(tags)).map(({ kind, digits }) => (kind === 'number' ? digits : kind.charAt(0))).join(' ');

describe('number tokens', () => {
  it('reads digits, teens and tens', () => {
    expect(read('four oh nought eleven forty-one forty one forty, one ninety')).to.equal('4 0 0 11 41 41 40 1 90');
  });

  it('reads repeats, counts and magnitudes', () => {
    expect(read('double four, triple oh, four ones, three times two, forty-one hundred eleven, six thousand and eleven')).to.equal('44 000 1111 222 4111 6000 f 11');
    expect(read('six thousand eleven and two hundred')).to.equal('6011 f 200');
  });

  it('tells fillers, words, units and marks apart', () => {
    expect(read('uh my card 12 dollars')).to.equal('f w m 12 u');
  });

  it('knows the numbers below a hundred in German, Spanish and French', () => {
    for (let value = 1; value < 100; value += 1) {
      expect(read(german(value), 'de-DE'), german(value)).to.equal(String(value));
      expect(read(spanish(value), 'es'), spanish(value)).to.equal(String(value));
      expect(read(french(value).replace(/ /gu, '-'), 'fr-CH'), french(value)).to.equal(String(value));
    }
  });

  it('reads German tens the other way round, together or apart, and repeats with their article', () => {
    expect(read('einundvierzig elf ein und vierzig zweimal die drei', 'de')).to.equal('41 11 41 33');
  });

  it('prefers a language\'s number to another\'s word: French sept is no month', () => {
    expect(read('sept', 'fr')).to.equal('7');
    expect(read('sept', 'en')).to.equal('m');
  });
});
