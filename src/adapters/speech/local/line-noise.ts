import { clampSample } from '../../../domain/audio/level.js';

/** -70 dBFS, below what a telephone's coding adds. */
const AMPLITUDE = 10;
/** A second and a half at 16 kHz, then again from the beginning. */
const LENGTH = 24_001;

/**
 * A little noise over the whole band. The silence of a digital line is no sound that the acoustic model knows, and what
 * up-sampling leaves above 4 kHz would look like something said. (It takes a third of the errors, see docs/adr/0003-local-speech.md.)
 */
export class LineNoise {
  private at = 0;

  addTo(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i += 1) {
      samples[i] = clampSample((samples[i] ?? 0) + (NOISE[this.at] ?? 0));
      this.at = this.at + 1 === LENGTH ? 0 : this.at + 1;
    }
  }

  reset(): void {
    this.at = 0;
  }
}

/** The same in every run (a linear congruential generator), so that what is recognised is too; a sum of twelve is nearly normal. */
const NOISE = noise();

function noise(): Int16Array {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Int16Array.from({ length: LENGTH }, () => Math.round(AMPLITUDE * (Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, 0) - 6)));
}
