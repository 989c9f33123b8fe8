import { expect } from 'chai';
import { StereoInterleaver } from '../../../src/domain/simulation/stereo-interleaver.js';

const LEAD = 8;

function recorder(startPosition = 0): { readonly stereo: StereoInterleaver; readonly out: number[] } {
  const out: number[] = [];
  return { stereo: new StereoInterleaver(LEAD, (samples) => { out.push(...samples); }, startPosition), out };
}
const run = (from: number, to: number): Int16Array => Int16Array.from({ length: to - from }, (_, index) => from + index);

describe('StereoInterleaver', () => {
  it('puts equal positions side by side whatever comes first', () => {
    const { stereo, out } = recorder();
    stereo.put('right', 0, Int16Array.of(10, 11));
    expect(out).to.deep.equal([]);
    stereo.put('left', 0, Int16Array.of(1, 2, 3));
    expect(out).to.deep.equal([1, 10, 2, 11]);
    stereo.put('right', 2, Int16Array.of(12));
    expect(out).to.deep.equal([1, 10, 2, 11, 3, 12]);
  });

  it('fills holes with silence, also where old samples lay', () => {
    const { stereo, out } = recorder();
    for (let at = 0; at < 12; at += 4) { stereo.put('left', at, run(at + 1, at + 5)); stereo.put('right', at, run(101 + at, 105 + at)); }
    stereo.put('left', 14, Int16Array.of(15));
    stereo.put('right', 12, Int16Array.of(113, 114, 115));
    expect(out.slice(-6)).to.deep.equal([0, 113, 0, 114, 15, 115]);
  });

  it('does not wait for ever: past the lead the other track is silent, and what comes for it is dropped', () => {
    const { stereo, out } = recorder();
    stereo.put('left', 0, run(1, 12));
    expect(stereo.position).to.equal(3);
    expect(out).to.deep.equal([1, 0, 2, 0, 3, 0]);
    stereo.put('right', 1, run(101, 106));
    expect(stereo.samplesDropped).to.equal(2);
    expect(out.slice(6)).to.deep.equal([4, 103, 5, 104, 6, 105]);
  });

  it('survives a jump much longer than its window', () => {
    const { stereo, out } = recorder();
    stereo.put('left', 0, Int16Array.of(1));
    stereo.put('left', 100, Int16Array.of(2));
    stereo.finish();
    expect(out).to.have.length(202);
    expect(out[0]).to.equal(1);
    expect(out[200]).to.equal(2);
    expect(out.filter((sample) => sample !== 0)).to.have.length(2);
  });

  it('ends with what is left of the longer track', () => {
    const { stereo, out } = recorder(20);
    stereo.put('right', 20, Int16Array.of(7, 8));
    stereo.finish();
    expect(out).to.deep.equal([0, 7, 0, 8]);
    stereo.finish();
    expect(out).to.have.length(4);
  });
});
