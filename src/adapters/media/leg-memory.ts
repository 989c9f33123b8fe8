import { PLAYOUT_WORDS, type PlayoutMemory } from '../../domain/audio/playout-buffer.js';
import type { TimelineMemory } from '../../domain/audio/timeline-ring.js';

/**
 * The memory that both threads share, one SharedArrayBuffer for all legs: plane counters, then per slot its words and rings.
 * Pages that no leg has used are not committed by the system, so `maxLegs` costs address space only.
 */

/** Samples per ring: 2 s at 8 kHz, 1 s at 16 kHz. A power of two. */
export const RING_SAMPLES = 2 ** 14;
/** Tracks of the timeline. */
export const CALLER_TRACK = 0;
export const SENT_TRACK = 1;

/** Words of the plane, all written by the media thread but `bell`. */
export const PLANE_WORDS = {
  /** Rung by the main thread after a command. */
  bell: 0,
  packetsReceived: 1,
  packetsSent: 2,
  foreign: 3,
  malformed: 4,
  payloadType: 5,
  quarantined: 6,
  looped: 7,
  sendFailures: 8,
  lateTicks: 9,
  tickLatenessMaxUs: 10,
  kernelDrops: 11,
  legFaults: 12,
} as const;

/** Words of a leg after those of its playout buffer and its timeline. */
export const LEG_WORDS = {
  /** Written by the main thread: hundredths of a decibel. */
  duck: 0,
  /** Written by the main thread: 1 while somebody takes the sent track. */
  tapSent: 1,
  packetsReceived: 2,
  packetsSent: 3,
  packetsLost: 4,
  packetsLate: 5,
  packetsMalformed: 6,
  ssrcChanges: 7,
  underruns: 8,
  framesAdjusted: 9,
} as const;

const PLANE_BYTES = 128;
const WORD_BYTES = 4;
const SAMPLE_BYTES = 2;
const TIMELINE_WORDS = 1;
const LEG_WORDS_COUNT = 10;
const BASE_TIME_OFFSET = 64; // a Float64 after the words, 8-byte aligned
const LEG_HEADER_BYTES = 128;
const RINGS = 3;
const LEG_BYTES = LEG_HEADER_BYTES + RINGS * RING_SAMPLES * SAMPLE_BYTES;

export function mediaMemoryBytes(maxLegs: number): number {
  return PLANE_BYTES + maxLegs * LEG_BYTES;
}

export function planeWords(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, PLANE_BYTES / WORD_BYTES);
}

/** One slot of the shared memory, seen by either thread. */
export class LegMemory {
  readonly playout: PlayoutMemory;
  readonly timeline: TimelineMemory;
  readonly words: Int32Array;
  /** One element: the clock time of sample position 0. Written once by the media thread, before the first frame is visible. */
  readonly baseTimeMs: Float64Array;

  constructor(memory: SharedArrayBuffer, slot: number) {
    const begin = PLANE_BYTES + slot * LEG_BYTES;
    const ring = (index: number): Int16Array => new Int16Array(memory, begin + LEG_HEADER_BYTES + index * RING_SAMPLES * SAMPLE_BYTES, RING_SAMPLES);
    this.playout = { words: new Int32Array(memory, begin, PLAYOUT_WORDS), samples: ring(0) };
    this.timeline = {
      words: new Int32Array(memory, begin + PLAYOUT_WORDS * WORD_BYTES, TIMELINE_WORDS),
      tracks: [ring(1), ring(2)],
    };
    this.words = new Int32Array(memory, begin + (PLAYOUT_WORDS + TIMELINE_WORDS) * WORD_BYTES, LEG_WORDS_COUNT);
    this.baseTimeMs = new Float64Array(memory, begin + BASE_TIME_OFFSET, 1);
  }

  /** Makes the slot new. Only while no leg uses it in the other thread. */
  clear(): void {
    this.playout.words.fill(0);
    this.timeline.words.fill(0);
    this.words.fill(0);
    this.baseTimeMs.fill(0);
  }
}
