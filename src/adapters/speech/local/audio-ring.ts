const HEADER_BYTES = 8;
const INT16_BYTES = 2;
const WRITTEN = 0;
/** At least this much, in a power of two of samples, so that positions may wrap. */
const CAPACITY_MS = 4000;

/**
 * Samples from one writing thread to one reading thread, with the latest seconds kept behind: the writer never waits and
 * overwrites the oldest. Positions count samples written since the beginning, modulo 2^32; compare them with `distance` only.
 */
export class AudioRing {
  private readonly header: Int32Array;
  private readonly samples: Int16Array;

  private constructor(readonly memory: SharedArrayBuffer) {
    this.header = new Int32Array(memory, 0, 1);
    this.samples = new Int16Array(memory, HEADER_BYTES);
  }

  static create(sampleRateHz: number): AudioRing {
    const samples = 2 ** Math.ceil(Math.log2((sampleRateHz * CAPACITY_MS) / 1000));
    return new AudioRing(new SharedArrayBuffer(HEADER_BYTES + samples * INT16_BYTES));
  }

  static over(memory: SharedArrayBuffer): AudioRing {
    return new AudioRing(memory);
  }

  get capacity(): number {
    return this.samples.length;
  }

  /** Position of the next sample to be written. */
  get written(): number {
    return Atomics.load(this.header, WRITTEN) >>> 0;
  }

  /** Samples from `from` to `to`; negative when `to` is earlier. */
  static distance(from: number, to: number): number {
    return (to - from) | 0;
  }

  write(samples: Int16Array): void {
    const latest = samples.length > this.capacity ? samples.subarray(samples.length - this.capacity) : samples;
    const position = (this.written + samples.length - latest.length) >>> 0;
    const begin = position % this.capacity;
    const first = Math.min(latest.length, this.capacity - begin);
    this.samples.set(first === latest.length ? latest : latest.subarray(0, first), begin);
    if (first < latest.length) this.samples.set(latest.subarray(first), 0);
    Atomics.store(this.header, WRITTEN, (position + latest.length) | 0);
  }

  /** Copies `target.length` samples that begin at `position`. The reader stays well behind the writer, see UtteranceRecogniser. */
  read(position: number, target: Int16Array): void {
    const begin = position % this.capacity;
    const first = Math.min(target.length, this.capacity - begin);
    target.set(this.samples.subarray(begin, begin + first));
    if (first < target.length) target.set(this.samples.subarray(0, target.length - first), first);
  }
}
