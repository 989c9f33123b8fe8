import { expect } from 'chai';
import { LineMean } from '../../../../src/adapters/speech/local/line-mean.js';
import type { CepstralState } from '../../../../src/adapters/speech/local/sphinx-library.js';

/** State after an utterance as cmn_live.c of sphinxbase has it: 500 frames of what was set, a sum that fades past 800. */
function afterUtterance(set: Float32Array, frame: Float32Array, frames: number): CepstralState {
  const sum = Array.from(set, (value) => value * 500);
  let count = 500;
  for (let n = 0; n < frames; n += 1) {
    for (let i = 0; i < sum.length; i += 1) sum[i]! += frame[i]!;
    count += 1;
    if (count <= 800) continue;
    for (let i = 0; i < sum.length; i += 1) sum[i]! *= 500 / count;
    count = 500;
  }
  return { mean: Float32Array.from(sum, (value) => value / count), frames: count };
}

const TELEPHONE = new LineMean(true).current;
/** A voice whose every frame is so far from what telephones sound like. */
const voiceAt = (distance: number): Float32Array => TELEPHONE.map((value) => value + distance / Math.sqrt(13));
const NEAR = voiceAt(20);
const STRANGE = voiceAt(30);

/** How far the mean of the line moved. */
function hear(line: LineMean, frame: Float32Array, frames: number): number {
  return line.learn(afterUtterance(line.current, frame, frames), frames);
}

const fromTelephone = (line: LineMean): number => Math.hypot(...line.current.map((value, i) => value - TELEPHONE[i]!));

describe('LineMean', () => {
  it('begins with what telephones sound like, or with what the model is used to', () => {
    const [telephone, wideband] = [new LineMean(true).current, new LineMean(false).current];
    expect([telephone.length, wideband.length]).to.deep.equal([13, 13]);
    expect(telephone).not.to.deep.equal(wideband);
  });

  for (const frames of [1, 50, 300, 301, 302, 450, 602, 3000]) {
    it(`finds the mean of an utterance of ${frames * 10} ms in the library's mixture: it counts by its length, the beginning like two seconds`, () => {
      const line = new LineMean(true);
      const moved = hear(line, NEAR, frames);
      expect(fromTelephone(line)).to.be.closeTo((20 * frames) / (200 + frames), 0.01);
      expect(moved).to.be.closeTo(fromTelephone(line), 0.001);
    });
  }

  it('forgets telephones when the first utterance, of two seconds at least, is nothing like them', () => {
    const [long, short] = [new LineMean(true), new LineMean(true)];
    hear(long, STRANGE, 200);
    hear(short, STRANGE, 199); // one word: its sounds, not the line's
    expect(fromTelephone(long)).to.be.closeTo(30, 0.01);
    expect(fromTelephone(short)).to.be.closeTo((30 * 199) / 399, 0.01);
  });

  it('does not forget a line that it knows for one utterance that is nothing like it', () => {
    const line = new LineMean(true);
    hear(line, NEAR, 600);
    const known = fromTelephone(line);
    hear(line, voiceAt(known + 40), 400);
    expect(fromTelephone(line)).to.be.closeTo(known + (40 * 400) / 1200, 0.1);
  });

  it('may be off by a second about how long the utterance was', () => {
    const [exact, rough] = [new LineMean(true), new LineMean(true)];
    const state = afterUtterance(exact.current, NEAR, 700);
    exact.learn(state, 700);
    rough.learn(state, 800);
    expect(rough.current).to.deep.equal(exact.current);
  });

  it('becomes the caller\'s own, and follows when the line changes after a long call', () => {
    const line = new LineMean(true);
    for (let utterance = 0; utterance < 50; utterance += 1) hear(line, NEAR, 200);
    expect(fromTelephone(line)).to.be.closeTo(20, 0.1);
    for (let utterance = 0; utterance < 4; utterance += 1) hear(line, TELEPHONE, 200); // eight seconds: as much as is remembered
    expect(fromTelephone(line)).to.be.within(20 * 0.3, 20 * 0.5);
  });

  it('learns nothing from an utterance of which nothing was heard', () => {
    const line = new LineMean(true);
    const begin = Array.from(line.current);
    expect(hear(line, NEAR, 0)).to.equal(0);
    expect(Array.from(line.current)).to.deep.equal(begin);
  });

  it('keeps callers apart', () => {
    const [one, other] = [new LineMean(true), new LineMean(true)];
    const begin = Array.from(other.current);
    hear(one, NEAR, 500);
    expect(Array.from(other.current)).to.deep.equal(begin);
    expect(Array.from(new LineMean(true).current)).to.deep.equal(begin);
  });
});
