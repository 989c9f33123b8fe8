/**
 * Wrap-around arithmetic of RTP's counters (RFC 3550 §5.1): 16-bit sequence numbers, 32-bit timestamps. JavaScript has
 * neither type, and every modulus written by hand elsewhere is a bug waiting for packet 65,536: it is done here only.
 */

export function wrap16(value: number): number {
  return value & 0xffff;
}

export function wrap32(value: number): number {
  return value >>> 0;
}

/** Signed distance on the shorter way round: positive when `to` is newer than `from`, -32768..32767. */
export function distance16(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** Signed distance on the shorter way round: positive when `to` is newer than `from`, -2^31..2^31-1. */
export function distance32(from: number, to: number): number {
  return (to - from) | 0;
}
