import type { CepstralState } from './sphinx-library.js';

/** Weight, in frames, of a mean set from outside; also what is left of the sum each time it has grown by `FADE_EVERY_FRAMES` (cmn_live.c: CMN_WIN, CMN_WIN_HWM). */
const SET_FRAMES = 500;
const FADE_EVERY_FRAMES = 301;
/** Memory of a line: what was heard longer ago than this many frames (of 10 ms) counts ever less. */
const LINE_FRAMES_MAX = 800;
/** What telephones sound like counts as much as this many frames of the caller: a single "no" is no measure of a line. */
const PRIOR_FRAMES = 200;
/**
 * Distance of cepstra between a first utterance and telephones, from which telephones are no measure of this line: there is noise
 * on it, or it is very quiet (clean voices are 8 to 23 away when they say more than a word, in noise 23 to 46; one word up to 33).
 */
const STRANGE = 24;

/** Mean cepstrum of four voices on a telephone, as it is recognised (up-sampled, with noise); `npm run bench -- speech` prints it. */
const TELEPHONE_MEAN = Float32Array.of(42.34, 11.03, -10.91, 23.77, -6.59, -4.08, 8.72, -12.95, 3, -2.74, -0.95, 7.89, -5.61);
/** `-cmninit` of the acoustic model (en-us/feat.params). */
const WIDEBAND_MEAN = Float32Array.of(41, -5.29, -0.12, 5.09, 2.48, -4.07, -1.37, -1.78, -5.08, -2.05, -6.45, -1.42, 1.17);

/**
 * How a caller's line colours speech: the mean cepstrum, which the recogniser subtracts. Kept by stream, because one decoder
 * serves many callers. Begins with what telephones sound like and becomes the caller's own, utterance by utterance.
 */
export class LineMean {
  private mean: Float32Array;
  private frames = PRIOR_FRAMES;
  /** Something was heard of it. */
  private known = false;

  constructor(telephone: boolean) {
    this.mean = Float32Array.from(telephone ? TELEPHONE_MEAN : WIDEBAND_MEAN);
  }

  get current(): Float32Array {
    return this.mean;
  }

  /**
   * Learns from the state after an utterance that began with `current` and lasted `utteranceFrames`. The library's mean
   * is a mixture of `current` and the utterance; how much of each follows from its way of fading.
   *
   * @returns how far `current` has moved, as a distance of cepstra.
   */
  learn({ mean, frames }: CepstralState, utteranceFrames: number): number {
    const sinceFading = Math.max(0, frames - SET_FRAMES);
    const fadings = Math.max(0, Math.round((utteranceFrames - sinceFading) / FADE_EVERY_FRAMES));
    const heard = fadings * FADE_EVERY_FRAMES + sinceFading;
    if (heard === 0) return 0;
    const before = (SET_FRAMES / (SET_FRAMES + FADE_EVERY_FRAMES)) ** fadings * (SET_FRAMES / (SET_FRAMES + sinceFading));
    const utterance = this.mean.map((value, i) => ((mean[i] ?? value) - before * value) / (1 - before));
    if (!this.known && heard >= PRIOR_FRAMES && distance(this.mean, utterance) > STRANGE) this.frames = 0;
    this.known = true;
    const weight = heard / (this.frames + heard);
    const former = this.mean;
    this.mean = former.map((value, i) => value + weight * ((utterance[i] ?? value) - value));
    this.frames = Math.min(LINE_FRAMES_MAX, this.frames + heard);
    return distance(former, this.mean);
  }
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? value)));
}
