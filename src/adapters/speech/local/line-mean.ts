import type { CepstralState } from './sphinx-library.js';

/** Weight, in frames, of a mean set from outside; also what is left of the sum each time it has grown by `FADE_EVERY_FRAMES` (cmn_live.c: CMN_WIN, CMN_WIN_HWM). */
const SET_FRAMES = 500;
const FADE_EVERY_FRAMES = 301;
/** Memory of a line: what was heard longer ago than this many frames (of 10 ms) counts ever less. */
const LINE_FRAMES_MAX = 800;
/** Heard for less long, a line is not known well enough to trust what was recognised at once. */
const KNOWN_FRAMES = 150;

/** Mean cepstra of up-sampled G.711 speech of four voices at usual level; `npm run bench -- speech` prints them. */
const TELEPHONE_MEAN = Float32Array.of(43.68, 27.51, -28.36, 49.73, -22.21, 9.22, 9.67, -21.13, 17.41, -17.11, 12.19, 3.3, -5.29);
/** `-cmninit` of the acoustic model (en-us/feat.params). */
const WIDEBAND_MEAN = Float32Array.of(41, -5.29, -0.12, 5.09, 2.48, -4.07, -1.37, -1.78, -5.08, -2.05, -6.45, -1.42, 1.17);

/**
 * How a caller's line colours speech: the mean of the cepstra, which the recogniser subtracts. Kept by stream, because one
 * decoder serves many callers. Begins with what telephones sound like (with the model's own wideband mean 255 of 328
 * telephone sentences are wrong, with this one 17) and becomes the caller's own with the first utterance.
 */
export class LineMean {
  private mean: Float32Array;
  private frames = 0;

  constructor(telephone: boolean) {
    this.mean = Float32Array.from(telephone ? TELEPHONE_MEAN : WIDEBAND_MEAN);
  }

  get current(): Float32Array {
    return this.mean;
  }

  /** Heard long enough that recognising an utterance again with a better mean would change nothing. */
  get known(): boolean {
    return this.frames >= KNOWN_FRAMES;
  }

  /**
   * Learns from the state after an utterance that began with `current` and lasted `utteranceFrames`. The library's mean
   * is a mixture of `current` and the utterance; how much of each follows from its way of fading.
   */
  learn({ mean, frames }: CepstralState, utteranceFrames: number): void {
    const sinceFading = Math.max(0, frames - SET_FRAMES);
    const fadings = Math.max(0, Math.round((utteranceFrames - sinceFading) / FADE_EVERY_FRAMES));
    const heard = fadings * FADE_EVERY_FRAMES + sinceFading;
    if (heard === 0) return;
    const before = (SET_FRAMES / (SET_FRAMES + FADE_EVERY_FRAMES)) ** fadings * (SET_FRAMES / (SET_FRAMES + sinceFading));
    const weight = heard / (this.frames + heard);
    this.mean = this.mean.map((value, i) => {
      const utterance = ((mean[i] ?? value) - before * value) / (1 - before);
      return value + weight * (utterance - value);
    });
    this.frames = Math.min(LINE_FRAMES_MAX, this.frames + heard);
  }
}
