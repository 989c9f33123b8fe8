import { expect } from 'chai';
import { below100 } from './spoken-digits.js';
import { french, german, readDigits, spanish, tellsNumber } from './number-reader.js';

describe('the reader that judges the card masker', () => {
  it('reads figures and words in any order', () => {
    expect(readDigits('my 4 one-one double five, oh triple Two and forty-one eleven')).to.equal('411550222' + '4111');
    expect(readDigits('six thousand eleven, four nines, twelve hundred and five')).to.equal('6011' + '9999' + '1205');
  });

  it('reads every number below a hundred in four languages', () => {
    for (let value = 1; value < 100; value += 1) {
      for (const name of [below100(value), german(value), spanish(value), french(value)]) expect(readDigits(name), name).to.equal(String(value));
    }
  });

  it('sees seven digits of a number and not six, and none over what is hidden', () => {
    expect(tellsNumber('it is four oh one two eight eight eight', '4012888888881881')).to.equal(true);
    expect(tellsNumber('it is four oh one two eight eight', '4012888888881881')).to.equal(false);
    expect(tellsNumber('401288 [card ****1881] 888', '4012888888881881')).to.equal(false);
  });
});
