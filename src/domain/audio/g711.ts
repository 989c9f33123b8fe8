import type { ByteSpan } from './byte-span.js';

/**
 * ITU-T G.711 µ-law and A-law, by table: a sample's encoding is one read of a 64 KiB table, a byte's decoding one
 * read of 256 entries. Linear values are the standard's 14-bit (µ) and 13-bit (A) values scaled to 16 bits.
 */
export type G711Law = 'ulaw' | 'alaw';

/** The byte that encodes silence, as RTP silence must be filled with it. */
export const G711_SILENCE: Readonly<Record<G711Law, number>> = { ulaw: 0xff, alaw: 0xd5 };

const ULAW_BIAS = 33; // in 14-bit units, G.711 table 2
const ULAW_MAGNITUDE_MAX = 8158; // 14-bit clipping point less one step, so that segment 7 is never left
const ALAW_MAGNITUDE_MAX = 4095;

function ulawByteOf(sample: number): number {
  const magnitude = Math.min(Math.abs(sample) >> 2, ULAW_MAGNITUDE_MAX) + ULAW_BIAS;
  const segment = 26 - Math.clz32(magnitude); // bit length less six: segment 0 holds 33..63
  const step = (magnitude >> (segment + 1)) & 0x0f;
  const sign = sample < 0 ? 0x00 : 0x80;
  return sign | (~((segment << 4) | step) & 0x7f);
}

function alawByteOf(sample: number): number {
  const thirteenBit = sample >> 3;
  const magnitude = Math.min(sample < 0 ? -thirteenBit - 1 : thirteenBit, ALAW_MAGNITUDE_MAX);
  const segment = Math.max(0, 27 - Math.clz32(magnitude)); // bit length less five: segments 0 and 1 share one step size
  const step = (magnitude >> Math.max(1, segment)) & 0x0f;
  const sign = sample < 0 ? 0x00 : 0x80;
  return (sign | (segment << 4) | step) ^ 0x55;
}

function ulawSampleOf(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 1) + ULAW_BIAS) << ((code & 0x70) >> 4)) - ULAW_BIAS;
  return (code & 0x80 ? -magnitude : magnitude) * 4;
}

function alawSampleOf(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code & 0x70) >> 4;
  const step = ((code & 0x0f) << 1) + 1;
  const magnitude = segment === 0 ? step : (step + 32) << (segment - 1);
  return (code & 0x80 ? magnitude : -magnitude) * 8;
}

function encodeTable(byteOf: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 0x10000 }, (_, index) => byteOf((index << 16) >> 16));
}

function decodeTable(sampleOf: (byte: number) => number): Int16Array {
  return Int16Array.from({ length: 0x100 }, (_, byte) => sampleOf(byte));
}

const ENCODE: Readonly<Record<G711Law, Uint8Array>> = { ulaw: encodeTable(ulawByteOf), alaw: encodeTable(alawByteOf) };
const DECODE: Readonly<Record<G711Law, Int16Array>> = { ulaw: decodeTable(ulawSampleOf), alaw: decodeTable(alawSampleOf) };

/** Encodes all of `samples` to one byte each, from `to.offset` on. */
export function encodeG711(law: G711Law, samples: Int16Array, to: ByteSpan): void {
  const table = ENCODE[law];
  const { bytes, offset } = to;
  for (let i = 0; i < samples.length; i += 1) bytes[offset + i] = table[(samples[i] ?? 0) & 0xffff] ?? 0;
}

/** Decodes `count` bytes from `from.offset` on into the beginning of `samples`. */
export function decodeG711(law: G711Law, from: ByteSpan, count: number, samples: Int16Array): void {
  const table = DECODE[law];
  const { bytes, offset } = from;
  for (let i = 0; i < count; i += 1) samples[i] = table[bytes[offset + i] ?? 0] ?? 0;
}
