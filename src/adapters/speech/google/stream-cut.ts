const FRAME_MS = 20;
/** Share of the limit from which on a pause is looked for. */
const SEARCH_FROM = 0.8;
/** A frame below this part of the mean level so far is a pause: -10 dB. */
const PAUSE_LEVEL = 0.3;

/** Finds where the audio of one stream ends and that of the next begins: in a pause if there is one in time, so that no word is cut in two. */
export class StreamCut {
  private readonly frame: number;
  private readonly searchFrom: number;
  private readonly limit: number;
  private count = 0;
  private energy = 0;

  /** `limitMs`: most audio that a stream may hold. */
  constructor(sampleRateHz: number, limitMs: number) {
    this.frame = (FRAME_MS * sampleRateHz) / 1000;
    this.limit = Math.max(this.frame, (limitMs * sampleRateHz) / 1000);
    this.searchFrom = this.limit * SEARCH_FROM;
  }

  /** Number of `samples` that still belong to the stream; null: all, and it goes on. After a cut it counts from 0. */
  take(samples: Int16Array): number | null {
    for (let at = 0; at < samples.length; at += this.frame) {
      const frame = samples.subarray(at, at + this.frame);
      const energy = frame.reduce((sum, sample) => sum + sample * sample, 0);
      this.count += frame.length;
      this.energy += energy;
      if (this.count >= this.limit || (this.count >= this.searchFrom && this.isPause(energy / frame.length))) {
        this.count = 0;
        this.energy = 0;
        return at + frame.length;
      }
    }
    return null;
  }

  private isPause(power: number): boolean {
    return power < (this.energy / this.count) * PAUSE_LEVEL * PAUSE_LEVEL;
  }
}
