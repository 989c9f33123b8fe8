import { expect } from 'chai';
import { aText, CodedEar, CODED_WORD_MS, codedSpeech } from './coded-speech.js';

describe('coded speech', () => {
  for (const rate of [8000, 16_000, 24_000]) {
    it(`is understood word for word at ${rate} Hz, in chunks of any size`, () => {
      const ear = new CodedEar(rate);
      const audio = codedSpeech(aText(24), rate);
      for (let at = 0, size = 1; at < audio.length; at += size, size = (size * 7) % 611 + 1) ear.write(audio.subarray(at, at + size));
      expect(ear.end()).to.equal(aText(24));
    });
  }

  it('loses the word that is cut in its first half, and no other', () => {
    const ear = new CodedEar(8000);
    const perWord = CODED_WORD_MS * 8;
    const audio = codedSpeech('hello card thanks', 8000);
    ear.write(audio.subarray(0, perWord + 500));
    ear.write(new Int16Array(800));
    ear.write(audio.subarray(2 * perWord));
    expect(ear.end()).to.equal('hello thanks');
  });

  it('hears nothing in silence', () => {
    const ear = new CodedEar(8000);
    ear.write(new Int16Array(16_000));
    expect(ear.end()).to.equal('');
  });
});
