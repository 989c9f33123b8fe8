import { samplesPerFrame, type SampleRateHz } from '../../domain/audio/frame.js';

/** Most frames handed over in one call: 100 ms. */
const FRAMES_MAX = 5;

/** Memory for audio on its way to listeners, one per rate, so that no frame is allocated. */
export class AudioScratch {
  private readonly frameSamples: number;
  private readonly views: readonly Int16Array[];
  private readonly secondViews: readonly Int16Array[];

  constructor(sampleRateHz: SampleRateHz) {
    this.frameSamples = samplesPerFrame(sampleRateHz);
    this.views = this.viewsOf(new Int16Array(FRAMES_MAX * this.frameSamples));
    this.secondViews = this.viewsOf(new Int16Array(FRAMES_MAX * this.frameSamples));
  }

  /** The most samples, in whole frames up to 100 ms, out of those available. */
  fitting(available: number): number {
    return Math.min(FRAMES_MAX, Math.floor(available / this.frameSamples)) * this.frameSamples;
  }

  /** Memory for a number of samples that `fitting` gave. */
  view(samples: number): Int16Array {
    return this.views[samples / this.frameSamples] ?? new Int16Array(samples);
  }

  /** Other memory, for a second track of the same time. */
  secondView(samples: number): Int16Array {
    return this.secondViews[samples / this.frameSamples] ?? new Int16Array(samples);
  }

  private viewsOf(samples: Int16Array): readonly Int16Array[] {
    return Array.from({ length: FRAMES_MAX + 1 }, (_, frames) => samples.subarray(0, frames * this.frameSamples));
  }
}
