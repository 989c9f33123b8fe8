/**
 * Agent audio between the one who speaks and the one who sends: a bounded ring that also knows what was heard.
 *
 * One producer and one consumer may live in different threads when the memory is shared: every index is read and
 * written by Atomics, each has exactly one writer, and samples are written before the index that publishes them.
 * Indexes count samples since opening modulo 2^32 (74 hours at 16 kHz) and are compared by signed difference.
 */
const ACCEPTED = 0; // written by the producer
const CUT = 1; // written by the producer: all that was accepted before it is discarded
const TAKEN = 2; // written by the consumer: sent or discarded
const DISCARDED = 3; // written by the consumer: taken but not sent, because it was cleared

/** Index words a buffer needs. */
export const PLAYOUT_WORDS = 4;

export interface PlayoutMemory {
  /** At least `PLAYOUT_WORDS`, zero at first. */
  readonly words: Int32Array;
  /** A power of two. */
  readonly samples: Int16Array;
}

export class PlayoutBuffer {
  private readonly words: Int32Array;
  private readonly samples: Int16Array;
  private readonly mask: number;

  /** Consumer: whether the latest `take` skipped samples that had been cleared. */
  cleared = false;

  constructor(memory: PlayoutMemory) {
    this.words = memory.words;
    this.samples = memory.samples;
    this.mask = memory.samples.length - 1;
  }

  /** A buffer for one thread. */
  static ofCapacity(samples: number): PlayoutBuffer {
    return new PlayoutBuffer({ words: new Int32Array(PLAYOUT_WORDS), samples: new Int16Array(samples) });
  }

  /** Producer: appends what fits and returns how much that was. */
  write(samples: Int16Array): number {
    const accepted = Atomics.load(this.words, ACCEPTED);
    const count = Math.min(samples.length, this.space);
    const begin = accepted & this.mask;
    const first = Math.min(count, this.samples.length - begin);
    this.samples.set(samples.subarray(0, first), begin);
    this.samples.set(samples.subarray(first, count), 0);
    Atomics.store(this.words, ACCEPTED, (accepted + count) | 0);
    return count;
  }

  /** Samples that `write` would accept now. */
  get space(): number {
    return this.samples.length - this.pending;
  }

  /** Samples accepted and neither sent nor cleared. */
  get pending(): number {
    const accepted = Atomics.load(this.words, ACCEPTED);
    const taken = (accepted - Atomics.load(this.words, TAKEN)) | 0;
    const cut = (accepted - Atomics.load(this.words, CUT)) | 0;
    return Math.min(taken, cut);
  }

  /** Samples sent since opening: the position heard. */
  get played(): number {
    return (Atomics.load(this.words, TAKEN) - Atomics.load(this.words, DISCARDED)) >>> 0;
  }

  /** Producer: discards what is pending. The consumer obeys at its next frame; no message travels. Returns `played`. */
  clear(): number {
    Atomics.store(this.words, CUT, Atomics.load(this.words, ACCEPTED));
    return this.played;
  }

  /**
   * Consumer: moves up to one frame into `frame`, fills the rest with silence, and returns the samples moved. What was cleared
   * is skipped. The producer may overwrite cleared samples at once, so a clear that comes during the copy makes it void.
   */
  take(frame: Int16Array): number {
    const taken = Atomics.load(this.words, TAKEN);
    const cut = Atomics.load(this.words, CUT);
    this.cleared = ((cut - taken) | 0) > 0;
    const begin = this.cleared ? cut : taken;
    const count = Math.min(frame.length, (Atomics.load(this.words, ACCEPTED) - begin) | 0);
    for (let i = 0; i < count; i += 1) frame[i] = this.samples[(begin + i) & this.mask] ?? 0;
    if (count < frame.length) frame.fill(0, count);
    const latestCut = Atomics.load(this.words, CUT);
    if (latestCut !== cut) return this.discard(taken, latestCut, frame);
    if (this.cleared) this.skip(taken, cut);
    if (count > 0) Atomics.store(this.words, TAKEN, (begin + count) | 0);
    return count;
  }

  private discard(taken: number, cut: number, frame: Int16Array): number {
    this.cleared = true;
    frame.fill(0);
    this.skip(taken, cut);
    return 0;
  }

  /** Between the two stores `played` is too small, never too large: nobody is told of audio that was not heard. */
  private skip(taken: number, cut: number): void {
    Atomics.add(this.words, DISCARDED, (cut - taken) | 0);
    Atomics.store(this.words, TAKEN, cut);
  }
}
