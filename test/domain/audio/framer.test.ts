import { expect } from 'chai';
import fc from 'fast-check';
import { Framer } from '../../../src/domain/audio/framer.js';
import { msOfSamples, samplesInMs, samplesPerFrame } from '../../../src/domain/audio/frame.js';

function cut(framer: Framer, chunks: readonly Int16Array[]): number[][] {
  const frames: number[][] = [];
  for (const chunk of chunks) framer.push(chunk, (frame) => { frames.push([...frame]); });
  return frames;
}

describe('Framer', () => {
  it('gives the samples back in order in exact frames, however they were chunked', () => {
    fc.assert(fc.property(fc.array(fc.int16Array({ maxLength: 500 }), { maxLength: 20 }), fc.integer({ min: 1, max: 320 }), (chunks, frameSamples) => {
      const framer = new Framer(frameSamples);
      const frames = cut(framer, chunks);
      const all = chunks.flatMap((chunk) => [...chunk]);
      expect(frames.every((frame) => frame.length === frameSamples)).to.equal(true);
      expect(frames.flat()).to.deep.equal(all.slice(0, frames.length * frameSamples));
      expect(framer.pending).to.equal(all.length - frames.length * frameSamples);
    }));
  });

  it('pads what is left with silence when flushed, and flushes nothing twice', () => {
    const framer = new Framer(4);
    cut(framer, [Int16Array.of(1, 2, 3, 4, 5)]);
    const flushed: number[][] = [];
    framer.flush((frame) => { flushed.push([...frame]); });
    framer.flush((frame) => { flushed.push([...frame]); });
    expect(flushed).to.deep.equal([[5, 0, 0, 0]]);
  });

  it('forgets the unfinished frame on reset', () => {
    const framer = new Framer(2);
    cut(framer, [Int16Array.of(1)]);
    framer.reset();
    expect(cut(framer, [Int16Array.of(7, 8)])).to.deep.equal([[7, 8]]);
  });
});

describe('frame arithmetic', () => {
  it('counts 160 samples per frame at 8 kHz and 320 at 16 kHz', () => {
    expect([samplesPerFrame(8000), samplesPerFrame(16000)]).to.deep.equal([160, 320]);
  });

  it('converts between milliseconds and samples', () => {
    expect(samplesInMs(2.5, 8000)).to.equal(20);
    expect(msOfSamples(320, 16000)).to.equal(20);
  });
});
