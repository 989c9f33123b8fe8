import type { ByteSpan } from './byte-span.js';

/**
 * Linear PCM16 as bytes. RTP carries it big-endian, "network byte order" (RFC 3551 §4.5.11: L16), and so does Asterisk's
 * slin over RTP; its chan_websocket and AudioSocket, and WAV files, are little-endian.
 */
export type ByteOrder = 'big-endian' | 'little-endian';

export const BYTES_PER_SAMPLE = 2;

/** Writes all of `samples` from `to.offset` on. */
export function encodeL16(order: ByteOrder, samples: Int16Array, to: ByteSpan): void {
  const { bytes } = to;
  const high = order === 'big-endian' ? 0 : 1;
  let at = to.offset;
  for (let i = 0; i < samples.length; i += 1) {
    const sample = samples[i] ?? 0;
    bytes[at + high] = sample >> 8;
    bytes[at + 1 - high] = sample;
    at += BYTES_PER_SAMPLE;
  }
}

/** Reads `count` samples from `from.offset` on into the beginning of `samples`. */
export function decodeL16(order: ByteOrder, from: ByteSpan, count: number, samples: Int16Array): void {
  const { bytes } = from;
  const high = order === 'big-endian' ? 0 : 1;
  let at = from.offset;
  for (let i = 0; i < count; i += 1) {
    samples[i] = ((bytes[at + high] ?? 0) << 8) | (bytes[at + 1 - high] ?? 0);
    at += BYTES_PER_SAMPLE;
  }
}
