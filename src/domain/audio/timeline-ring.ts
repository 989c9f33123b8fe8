/**
 * Audio whose sample position is time: the writer adds one frame per tick and never waits; a reader that falls behind
 * by more than the ring loses the oldest samples and is told how many. Writer and readers may live in different
 * threads (see playout-buffer.ts for the rules). Several tracks written together share one position.
 */

export interface TimelineMemory {
  /** One word, zero at first: samples written since opening, modulo 2^32. */
  readonly words: Int32Array;
  /** Tracks of one length, a power of two. */
  readonly tracks: readonly Int16Array[];
}

export class TimelineWriter {
  private written = 0;
  private readonly mask: number;

  constructor(private readonly memory: TimelineMemory) {
    this.mask = (memory.tracks[0]?.length ?? 1) - 1;
  }

  /** Samples written since opening: the position of the next frame. */
  get position(): number {
    return this.written;
  }

  /** Puts one track's next frame. Not visible before `advance`. */
  put(track: number, frame: Int16Array): void {
    const samples = this.memory.tracks[track];
    if (samples === undefined) return;
    const begin = this.written & this.mask;
    if (begin + frame.length <= samples.length) {
      samples.set(frame, begin);
      return;
    }
    for (let i = 0; i < frame.length; i += 1) samples[(begin + i) & this.mask] = frame[i] ?? 0;
  }

  /** Makes the next `count` samples of every track visible. */
  advance(count: number): void {
    this.written = (this.written + count) >>> 0;
    Atomics.store(this.memory.words, 0, this.written | 0);
  }
}

export class TimelineReader {
  private read = 0;
  private readonly depth: number;
  /** Samples lost because they were overwritten before they were read. */
  dropped = 0;

  /** `guardSamples` next to the write position are given up, because the writer may be writing there. */
  constructor(private readonly memory: TimelineMemory, private readonly guardSamples: number) {
    this.depth = memory.tracks[0]?.length ?? 1;
  }

  /** Position of the next sample that `copy` gives. */
  get position(): number {
    return this.read;
  }

  /** Samples ready now. Skips, and counts, what was overwritten. */
  available(): number {
    const written = Atomics.load(this.memory.words, 0);
    const ready = (written - this.read) | 0;
    const readable = this.depth - this.guardSamples;
    if (ready <= readable) return ready;
    this.dropped += ready - readable;
    this.read = (written - readable) >>> 0;
    return readable;
  }

  /** Copies the next `out.length` samples of a track without moving on. Ask `available` first. */
  copy(track: number, out: Int16Array): void {
    const samples = this.memory.tracks[track];
    const mask = this.depth - 1;
    for (let i = 0; i < out.length; i += 1) out[i] = samples?.[(this.read + i) & mask] ?? 0;
  }

  /** Moves on by `count` samples. */
  advance(count: number): void {
    this.read = (this.read + count) >>> 0;
  }

  /** Moves to the newest sample: what lies between is nobody's, and is not counted as lost. */
  skipAll(): void {
    this.read = Atomics.load(this.memory.words, 0) >>> 0;
  }
}
