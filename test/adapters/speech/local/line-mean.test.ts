import { expect } from 'chai';
import { LineMean } from '../../../../src/adapters/speech/local/line-mean.js';
import type { CepstralState } from '../../../../src/adapters/speech/local/sphinx-library.js';

/** Mean after an utterance as cmn_live.c of sphinxbase has it: 500 frames of what was set, a sum that fades past 800. */
function afterUtterance(set: Float32Array, frame: number, frames: number): CepstralState {
  const sum = Array.from(set, (value) => value * 500);
  let count = 500;
  for (let n = 0; n < frames; n += 1) {
    for (let i = 0; i < sum.length; i += 1) sum[i]! += frame;
    count += 1;
    if (count <= 800) continue;
    for (let i = 0; i < sum.length; i += 1) sum[i]! *= 500 / count;
    count = 500;
  }
  return { mean: Float32Array.from(sum, (value) => value / count), frames: count };
}

/** Every frame of what the caller says is `frame` in all elements. */
function hear(line: LineMean, frame: number, frames: number): void {
  line.learn(afterUtterance(line.current, frame, frames), frames);
}

describe('LineMean', () => {
  it('begins with what telephones sound like, or with what the model is used to', () => {
    const [telephone, wideband] = [new LineMean(true).current, new LineMean(false).current];
    expect([telephone.length, wideband.length]).to.deep.equal([13, 13]);
    expect(telephone).not.to.deep.equal(wideband);
  });

  for (const frames of [1, 50, 300, 301, 302, 450, 602, 3000]) {
    it(`finds the mean of an utterance of ${frames * 10} ms in the library's mixture: it counts by its length, the beginning like two seconds`, () => {
      const line = new LineMean(true);
      const begin = Array.from(line.current);
      hear(line, 7, frames);
      for (const [i, value] of line.current.entries()) expect(value).to.be.closeTo((begin[i]! * 200 + 7 * frames) / (200 + frames), 0.01);
    });
  }

  it('may be off by a second about how long the utterance was', () => {
    const [exact, rough] = [new LineMean(true), new LineMean(true)];
    const state = afterUtterance(exact.current, 7, 700);
    exact.learn(state, 700);
    rough.learn(state, 800);
    expect(rough.current).to.deep.equal(exact.current);
  });

  it('becomes the caller\'s own, and follows when the line changes after a long call', () => {
    const line = new LineMean(true);
    for (let utterance = 0; utterance < 50; utterance += 1) hear(line, 7, 200);
    for (const value of line.current) expect(value).to.be.closeTo(7, 0.1);
    for (let utterance = 0; utterance < 4; utterance += 1) hear(line, 17, 200); // eight seconds: as much as is remembered
    for (const value of line.current) expect(value).to.be.within(7 + 10 * 0.5, 7 + 10 * 0.7);
  });

  it('learns nothing from an utterance of which nothing was heard', () => {
    const line = new LineMean(true);
    const begin = Array.from(line.current);
    hear(line, 7, 0);
    expect(Array.from(line.current)).to.deep.equal(begin);
  });

  it('keeps callers apart', () => {
    const [one, other] = [new LineMean(true), new LineMean(true)];
    const begin = Array.from(other.current);
    hear(one, 7, 500);
    expect(Array.from(other.current)).to.deep.equal(begin);
    expect(Array.from(new LineMean(true).current)).to.deep.equal(begin);
  });
});
