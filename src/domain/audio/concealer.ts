/** Frames a gap is bridged for: 60 ms. After that the line is silent. */
const REPEATS_MAX = 3;
/** A seam is smoothed over this part of a frame: 2.5 ms of 20. */
const SEAM_DIVISOR = 8;

/**
 * Bridges missing frames by repeating the last one, fading to silence, and takes the click out of every seam.
 * It keeps a copy of the last frame only while it needs one: nearly all frames arrive, and a copy of each costs a cache miss.
 */
export class Concealer {
  private readonly repeated: Int16Array;
  private repeats = REPEATS_MAX;
  private lastSample = 0;
  private seam = false;

  constructor(frameSamples: number) {
    this.repeated = new Int16Array(frameSamples);
  }

  /** The next frame does not continue the one before, although both arrived. */
  breakHere(): void {
    this.seam = true;
  }

  /** A frame that arrived: smooths its beginning in place if something was missing before it. */
  received(frame: Int16Array): void {
    if (this.repeats > 0 || this.seam) this.smooth(frame);
    this.repeats = 0;
    this.seam = false;
    this.lastSample = frame[frame.length - 1] ?? 0;
  }

  /** Whether the next `conceal` begins a gap: `frame` must hold the last frame that arrived then. */
  get atGapStart(): boolean {
    return this.repeats === 0;
  }

  /** Fills in for a missing frame. False when the gap has lasted too long and the frame is silence. */
  conceal(frame: Int16Array): boolean {
    if (this.repeats === 0) this.repeated.set(frame);
    this.repeats += 1;
    if (this.repeats > REPEATS_MAX) {
      frame.fill(0);
      this.smooth(frame);
      this.lastSample = 0;
      return false;
    }
    const from = 1 - (this.repeats - 1) / REPEATS_MAX;
    const step = 1 / REPEATS_MAX / frame.length;
    for (let i = 0; i < frame.length; i += 1) frame[i] = Math.round((this.repeated[i] ?? 0) * (from - step * i));
    this.smooth(frame);
    this.lastSample = frame[frame.length - 1] ?? 0;
    return true;
  }

  /** Starts the frame where the one before ended and lets the difference die away along a straight line. */
  private smooth(frame: Int16Array): void {
    const step = this.lastSample - (frame[0] ?? 0);
    if (step === 0) return;
    const length = Math.floor(frame.length / SEAM_DIVISOR);
    for (let i = 0; i < length; i += 1) {
      const value = (frame[i] ?? 0) + step * (1 - (i + 1) / (length + 1));
      frame[i] = Math.max(-32768, Math.min(32767, Math.round(value)));
    }
  }
}
