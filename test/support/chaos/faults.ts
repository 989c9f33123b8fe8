/** What a network, or whatever stands at its other end, can do to a TCP connection. */
export const FAULTS = ['refuse', 'hang', 'reset', 'slow', 'garbage'] as const;

/**
 * - `refuse`: nobody listens any more, and what was connected is cut.
 * - `hang`: connections are taken and stay open; whatever is sent over them, either way, is never seen again, not even after the fault.
 * - `reset`: every connection is torn down with RST, new ones as soon as they say something.
 * - `slow`: each answer comes later by a fixed time.
 * - `garbage`: random bytes instead of answers, or half an answer and the end, in turns; connections that wait get random bytes unasked.
 */
export type Fault = (typeof FAULTS)[number];

/** Bytes that look like nothing, the same ones for the same seed: Numerical Recipes' linear congruence. */
export function garbageBytes(count: number, seed: number): Buffer {
  const bytes = Buffer.alloc(count);
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  for (let index = 0; index < count; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
