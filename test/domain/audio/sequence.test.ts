import { expect } from 'chai';
import { distance16, distance32, wrap16, wrap32 } from '../../../src/domain/audio/sequence.js';

describe('sequence arithmetic', () => {
  it('finds every 16-bit distance from every kind of starting point', () => {
    for (const from of [0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff]) {
      for (let distance = -0x8000; distance <= 0x7fff; distance += 1) {
        const to = wrap16(from + distance);
        if (distance16(from, to) !== distance) throw new Error(`${from} → ${to}: ${distance16(from, to)} instead of ${distance}`);
      }
    }
  });

  it('steps from 65535 to 0', () => {
    expect(wrap16(0xffff + 1)).to.equal(0);
    expect(distance16(0xffff, 0)).to.equal(1);
    expect(distance16(0, 0xffff)).to.equal(-1);
  });

  it('calls half the circle old, so that a distance is never ambiguous', () => {
    expect(distance16(0, 0x8000)).to.equal(-0x8000);
    expect(distance32(0, 0x80000000)).to.equal(-0x80000000);
  });

  it('finds 32-bit distances across the wrap and at every power of two', () => {
    for (const from of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
      for (let bit = 0; bit < 31; bit += 1) {
        for (const distance of [2 ** bit, -(2 ** bit), 2 ** bit - 1]) {
          expect(distance32(from, wrap32(from + distance))).to.equal(distance === 0 ? 0 : distance);
        }
      }
    }
    expect(wrap32(0xffffffff + 160)).to.equal(159);
  });
});
