export type Side = 'left' | 'right';

/** Stereo samples, left first, ready to be written. The array is the receiver's. */
export type StereoSink = (interleaved: Int16Array) => void;

const SIDES: readonly Side[] = ['left', 'right'];

/**
 * Brings two mono tracks with sample positions together: equal positions become one stereo sample. What neither track
 * brought is silence. A track may be ahead of the other by `leadSamplesMax`; then the other is taken to be silent there,
 * and what it brings later for that stretch is dropped and counted.
 */
export class StereoInterleaver {
  /** Samples that came too late to be written. */
  samplesDropped = 0;
  private readonly window: Int16Array;
  private readonly ends: Record<Side, number>;
  private written: number;

  constructor(private readonly leadSamplesMax: number, private readonly sink: StereoSink, startPosition = 0) {
    this.window = new Int16Array(leadSamplesMax * 2);
    this.ends = { left: startPosition, right: startPosition };
    this.written = startPosition;
  }

  /** Position up to which both tracks are written. */
  get position(): number {
    return this.written;
  }

  put(side: Side, position: number, samples: Int16Array): void {
    const late = Math.min(samples.length, Math.max(0, this.written - position));
    this.samplesDropped += late;
    let from = late;
    while (from < samples.length) {
      const space = this.written + this.leadSamplesMax - (position + from);
      if (space <= 0) {
        this.write(Math.min(this.leadSamplesMax, samples.length - from - space)); // the other side has had its time
        continue;
      }
      const to = Math.min(samples.length, from + space);
      this.place(side, position, samples, { from, to });
      from = to;
    }
    this.ends[side] = Math.max(this.ends[side], position + samples.length);
    this.write(Math.min(this.ends.left, this.ends.right) - this.written);
  }

  /** Writes what is left; the shorter track ends in silence. */
  finish(): void {
    while (this.written < Math.max(this.ends.left, this.ends.right)) {
      this.write(Math.min(this.leadSamplesMax, Math.max(this.ends.left, this.ends.right) - this.written));
    }
  }

  private place(side: Side, position: number, samples: Int16Array, part: { readonly from: number; readonly to: number }): void {
    const channel = SIDES.indexOf(side);
    for (let index = part.from; index < part.to; index += 1) {
      this.window[((position + index) % this.leadSamplesMax) * 2 + channel] = samples[index] ?? 0;
    }
  }

  private write(count: number): void {
    if (count <= 0) return;
    const out = new Int16Array(count * 2);
    for (let index = 0; index < count; index += 1) {
      const at = ((this.written + index) % this.leadSamplesMax) * 2;
      out[index * 2] = this.window[at] ?? 0;
      out[index * 2 + 1] = this.window[at + 1] ?? 0;
      this.window[at] = 0;
      this.window[at + 1] = 0;
    }
    this.written += count;
    this.sink(out);
  }
}
