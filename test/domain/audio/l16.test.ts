import { expect } from 'chai';
import fc from 'fast-check';
import { decodeL16, encodeL16 } from '../../../src/domain/audio/l16.js';

describe('L16', () => {
  it('writes the high byte first in network order and last in little-endian', () => {
    const bytes = new Uint8Array(5);
    encodeL16('big-endian', Int16Array.of(0x1234, -2), { bytes, offset: 1 });
    expect([...bytes]).to.deep.equal([0, 0x12, 0x34, 0xff, 0xfe]);
    encodeL16('little-endian', Int16Array.of(0x1234, -2), { bytes, offset: 1 });
    expect([...bytes]).to.deep.equal([0, 0x34, 0x12, 0xfe, 0xff]);
  });

  it('reads back what it wrote', () => {
    fc.assert(fc.property(fc.int16Array(), fc.constantFrom('big-endian' as const, 'little-endian' as const), fc.nat(3), (samples, order, offset) => {
      const bytes = new Uint8Array(offset + samples.length * 2);
      encodeL16(order, samples, { bytes, offset });
      const again = new Int16Array(samples.length);
      decodeL16(order, { bytes, offset }, samples.length, again);
      expect(again).to.deep.equal(samples);
    }));
  });
});
