/**
 * Received samples by position, kept in a ring of frames. Packets need not be frames: 10, 30 or 60 ms and any alignment
 * fill the frames they cover. A frame stays readable until a later one takes its place.
 */
export class FrameStore {
  private readonly samples: Int16Array;
  private readonly filled: Int32Array;
  private readonly frameOf: Float64Array;

  constructor(readonly frameSamples: number, readonly frames: number) {
    this.samples = new Int16Array(frameSamples * frames);
    this.filled = new Int32Array(frames);
    this.frameOf = new Float64Array(frames).fill(-1);
  }

  /** Puts the samples `from..to` of `pcm` so that `pcm[0]` lies at `position`. */
  put(position: number, pcm: Int16Array, from: number, to: number): void {
    let done = from;
    while (done < to) {
      const frame = Math.floor((position + done) / this.frameSamples);
      const within = position + done - frame * this.frameSamples;
      const part = Math.min(to - done, this.frameSamples - within);
      const cell = this.claim(frame);
      const base = cell * this.frameSamples + within;
      for (let i = 0; i < part; i += 1) this.samples[base + i] = pcm[done + i] ?? 0;
      this.filled[cell] = (this.filled[cell] ?? 0) + part;
      done += part;
    }
  }

  /** Copies the frame at `position` (a multiple of the frame length) into `out`; returns how many of its samples arrived, 0 leaves `out` alone. */
  read(position: number, out: Int16Array): number {
    const frame = position / this.frameSamples;
    const cell = frame % this.frames;
    if (this.frameOf[cell] !== frame) return 0;
    const base = cell * this.frameSamples;
    for (let i = 0; i < this.frameSamples; i += 1) out[i] = this.samples[base + i] ?? 0;
    return this.filled[cell] ?? 0;
  }

  private claim(frame: number): number {
    const cell = frame % this.frames;
    if (this.frameOf[cell] === frame) return cell;
    this.frameOf[cell] = frame;
    this.filled[cell] = 0;
    this.samples.fill(0, cell * this.frameSamples, (cell + 1) * this.frameSamples);
    return cell;
  }
}
