import { expect } from 'chai';
import { StreamCut } from '../../../../src/adapters/speech/google/stream-cut.js';
import { codedSpeech } from '../../../support/speech/coded-speech.js';

const RATE = 8000;

describe('the cut between two streams of Google', () => {
  it('falls into the first pause after four fifths of the limit', () => {
    const speech = codedSpeech('one two three four five six', RATE); // words of 160 ms, pauses of 80 ms
    const atMs = (new StreamCut(RATE, 1000).take(speech) ?? 0) / 8;
    expect(atMs).to.be.within(880, 960);
  });

  it('is made at the limit when there is no pause', () => {
    const tone = new Int16Array(2 * RATE).map((_sample, at) => (at % 8 < 4 ? 6000 : -6000));
    expect(new StreamCut(RATE, 1000).take(tone)).to.equal(RATE);
  });

  it('counts anew after it, over audio in pieces', () => {
    const cut = new StreamCut(RATE, 1000);
    const tone = new Int16Array(RATE / 10).fill(6000);
    const cuts = Array.from({ length: 30 }, () => cut.take(tone));
    expect(cuts.flatMap((count, index) => (count === null ? [] : [index]))).to.deep.equal([9, 19, 29]);
  });
});
