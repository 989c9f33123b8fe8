import { expect } from 'chai';
import { decodeG711, encodeG711, G711_SILENCE, type G711Law } from '../../../src/domain/audio/g711.js';

function decode(law: G711Law, bytes: readonly number[]): number[] {
  const samples = new Int16Array(bytes.length);
  decodeG711(law, { bytes: Uint8Array.from(bytes), offset: 0 }, bytes.length, samples);
  return [...samples];
}

function encode(law: G711Law, samples: readonly number[]): number[] {
  const bytes = new Uint8Array(samples.length);
  encodeG711(law, Int16Array.from(samples), { bytes, offset: 0 });
  return [...bytes];
}

const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => byte);
const ALL_SAMPLES = Array.from({ length: 65_536 }, (_, index) => index - 32_768);

describe('G.711', () => {
  it('decodes µ-law as table 2 of the standard: its output values, 14 bits scaled to 16', () => {
    // Character signal 11111111 is +0; 10000000 is the largest, 8031; segment ends are 0, 33-2, ... in steps of 2, 4, 8.
    expect(decode('ulaw', [0xff, 0xfe, 0xf0, 0xef, 0xe0, 0xdf, 0x80, 0x8f, 0x7e, 0x00])).to.deep.equal(
      [0, 2, 30, 33, 93, 99, 8031, 4191, -2, -8031].map((value) => value * 4),
    );
  });

  it('decodes A-law as table 1 of the standard: its output values, 13 bits scaled to 16', () => {
    // Even bits are inverted on the line: 11010101 is +1, the smallest; 10101010 is the largest, 4032.
    expect(decode('alaw', [0xd5, 0xd4, 0xda, 0xc5, 0xf5, 0xaa, 0x55, 0x2a])).to.deep.equal(
      [1, 3, 31, 33, 66, 4032, -1, -4032].map((value) => value * 8),
    );
  });

  it('decodes the 1 kHz test sequences of tables 5 and 6 to 0 dBm0: 3.17 and 3.14 dB below a full-scale sine', () => {
    const levels = [
      { law: 'ulaw' as const, bytes: [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e], full: 8159 * 4, below: 3.17 },
      { law: 'alaw' as const, bytes: [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4], full: 4096 * 8, below: 3.14 },
    ];
    for (const { law, bytes, full, below } of levels) {
      const samples = decode(law, bytes);
      const amplitude = Math.sqrt((2 * samples.reduce((sum, sample) => sum + sample * sample, 0)) / samples.length);
      expect(20 * Math.log10(full / amplitude)).to.be.closeTo(below, 0.02);
    }
  });

  it('encodes what it decoded to the same byte; only negative zero of µ-law becomes positive', () => {
    for (const law of ['ulaw', 'alaw'] as const) {
      const again = encode(law, decode(law, ALL_BYTES));
      expect(again).to.deep.equal(ALL_BYTES.map((byte) => (law === 'ulaw' && byte === 0x7f ? 0xff : byte)));
    }
  });

  it('decides between two values where the standard does: at the ends of its segments', () => {
    // Decision value, and the output values below and above it, in the standard's own 14 and 13 bits.
    const ulaw = [[31, 30, 33], [95, 93, 99], [223, 219, 231], [479, 471, 495], [991, 975, 1023], [2015, 1983, 2079], [4063, 3999, 4191]];
    const alaw = [[64, 63, 66], [128, 126, 132], [256, 252, 264], [512, 504, 528], [1024, 1008, 1056], [2048, 2016, 2112]];
    for (const { law, table, scale } of [{ law: 'ulaw' as const, table: ulaw, scale: 4 }, { law: 'alaw' as const, table: alaw, scale: 8 }]) {
      for (const [decision, below, above] of table) {
        const samples = [decision! * scale - 1, decision! * scale];
        expect(decode(law, encode(law, samples))).to.deep.equal([below! * scale, above! * scale]);
      }
    }
  });

  it('is off by half a step at most, which is 4 % of the sample', () => {
    for (const law of ['ulaw', 'alaw'] as const) {
      const decoded = decode(law, encode(law, ALL_SAMPLES));
      for (const [index, sample] of ALL_SAMPLES.entries()) {
        const allowed = Math.max(9, Math.abs(sample) * 0.043);
        const clipped = Math.abs(sample) > 32_100; // above the largest value there is
        if (!clipped && Math.abs(decoded[index]! - sample) > allowed) throw new Error(`${law} ${sample} → ${decoded[index]!}`);
      }
    }
  });

  it('is monotonic', () => {
    for (const law of ['ulaw', 'alaw'] as const) {
      const decoded = decode(law, encode(law, ALL_SAMPLES));
      expect(decoded.every((value, index) => index === 0 || value >= decoded[index - 1]!)).to.equal(true);
    }
  });

  it('knows the byte of silence', () => {
    expect([encode('ulaw', [0]), encode('alaw', [0])]).to.deep.equal([[G711_SILENCE.ulaw], [G711_SILENCE.alaw]]);
  });

  it('reads and writes at an offset, and touches nothing else', () => {
    const bytes = new Uint8Array(6).fill(1);
    encodeG711('ulaw', Int16Array.of(0, 0), { bytes, offset: 2 });
    expect([...bytes]).to.deep.equal([1, 1, 0xff, 0xff, 1, 1]);
    const samples = new Int16Array(3).fill(7);
    decodeG711('ulaw', { bytes, offset: 2 }, 2, samples);
    expect([...samples]).to.deep.equal([0, 0, 7]);
  });
});
