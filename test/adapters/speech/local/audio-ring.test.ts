import { expect } from 'chai';
import { AudioRing } from '../../../../src/adapters/speech/local/audio-ring.js';

const counting = (from: number, length: number): Int16Array => Int16Array.from({ length }, (_, i) => (from + i) % 30_000);
const read = (ring: AudioRing, position: number, length: number): Int16Array => {
  const target = new Int16Array(length);
  ring.read(position, target);
  return target;
};

/** A ring to which `written` samples have been written long ago. */
function ringAt(written: number): AudioRing {
  const ring = AudioRing.create(8000);
  new Int32Array(ring.memory, 0, 1)[0] = written | 0;
  return AudioRing.over(ring.memory);
}

describe('AudioRing', () => {
  for (const rateHz of [8000, 16_000]) {
    it(`keeps the latest four seconds at ${rateHz} Hz`, () => {
      const ring = AudioRing.create(rateHz);
      const seconds = counting(0, rateHz);
      for (let second = 0; second < 9; second += 1) ring.write(seconds);
      expect(ring.written).to.equal(9 * rateHz);
      const oldest = (9 - 4) * rateHz;
      for (let second = 0; second < 4; second += 1) expect(read(ring, oldest + second * rateHz, rateHz)).to.deep.equal(seconds);
    });
  }

  it('is seen from the other thread through the same memory', () => {
    const ring = AudioRing.create(8000);
    const other = AudioRing.over(ring.memory);
    ring.write(counting(5, 160));
    expect(other.written).to.equal(160);
    expect(read(other, 0, 160)).to.deep.equal(counting(5, 160));
  });

  it('writes and reads over its end in one piece', () => {
    const ring = AudioRing.create(8000);
    const before = ring.capacity - 100;
    ring.write(new Int16Array(before));
    ring.write(counting(1, 250));
    expect(read(ring, before, 250)).to.deep.equal(counting(1, 250));
  });

  it('keeps the end of a piece that is longer than itself, and counts all of it', () => {
    const ring = AudioRing.create(8000);
    const piece = counting(0, ring.capacity + 1000);
    ring.write(piece);
    expect(ring.written).to.equal(piece.length);
    expect(read(ring, 1000, ring.capacity)).to.deep.equal(piece.subarray(1000));
  });

  it('goes on where positions begin anew, after 2^32 samples', () => {
    const ring = ringAt(2 ** 32 - 100);
    expect(ring.written).to.equal(2 ** 32 - 100);
    ring.write(counting(1, 300));
    expect(ring.written).to.equal(200);
    expect(read(ring, 2 ** 32 - 100, 300)).to.deep.equal(counting(1, 300));
    expect(AudioRing.distance(2 ** 32 - 100, ring.written)).to.equal(300);
    expect(AudioRing.distance(ring.written, 2 ** 32 - 100)).to.equal(-300);
  });
});
