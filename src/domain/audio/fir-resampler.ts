import { clampSample } from './level.js';
import type { Resampler } from './resampler.js';

/** Taps per polyphase branch. */
const BRANCH_TAPS = 64;
const FACTOR = 2;
const TAPS = BRANCH_TAPS * FACTOR;
/** Of the Kaiser window: about 80 dB of stop band. */
const KAISER_BETA = 7.86;
/** As a part of the higher rate: 3.72 kHz at 16 kHz, so that the transition of 630 Hz ends where aliases would begin. */
const CUTOFF = 0.2325;

/**
 * 8 ↔ 16 kHz by a linear-phase low-pass of 128 taps, 64 in each of two branches. Delay: 4 ms.
 * Good to 3.4 kHz, the telephone band; a library with a steeper filter is behind the same interface in adapters/dsp.
 */
export function firResampler(fromHz: 8000 | 16000, toHz: 8000 | 16000): Resampler {
  if (fromHz === toHz) return new PassThrough(fromHz);
  return fromHz < toHz ? new Doubler(fromHz, toHz) : new Halver(fromHz, toHz);
}

class PassThrough implements Resampler {
  readonly toHz: number;

  constructor(readonly fromHz: number) {
    this.toHz = fromHz;
  }

  outputCapacity(inputSamples: number): number {
    return inputSamples;
  }

  process(input: Int16Array, output: Int16Array): number {
    output.set(input);
    return input.length;
  }

  reset(): void {
    // There is no history.
  }

  close(): void {
    this.reset();
  }
}

/** Zero-order in memory: the input is written twice, so that each window of the filter is contiguous. */
class History {
  private readonly samples: Float64Array;
  private at = 0;

  constructor(private readonly length: number) {
    this.samples = new Float64Array(2 * length);
  }

  push(sample: number): void {
    this.at = this.at === 0 ? this.length - 1 : this.at - 1;
    this.samples[this.at] = sample;
    this.samples[this.at + this.length] = sample;
  }

  /** Sum of newest-first samples times every `step`-th tap from `first` on. */
  convolve(taps: Float64Array, first: number, step: number): number {
    let sum = 0;
    for (let i = first, at = this.at; i < taps.length; i += step, at += 1) sum += (taps[i] ?? 0) * (this.samples[at] ?? 0);
    return sum;
  }

  clear(): void {
    this.samples.fill(0);
  }
}

class Doubler implements Resampler {
  private readonly history = new History(BRANCH_TAPS);

  constructor(readonly fromHz: number, readonly toHz: number) {}

  outputCapacity(inputSamples: number): number {
    return inputSamples * FACTOR;
  }

  process(input: Int16Array, output: Int16Array): number {
    let at = 0;
    for (const sample of input) {
      this.history.push(sample);
      output[at] = clampSample(FACTOR * this.history.convolve(LOW_PASS, 0, FACTOR));
      output[at + 1] = clampSample(FACTOR * this.history.convolve(LOW_PASS, 1, FACTOR));
      at += FACTOR;
    }
    return at;
  }

  reset(): void {
    this.history.clear();
  }

  close(): void {
    this.reset();
  }
}

class Halver implements Resampler {
  private readonly history = new History(TAPS);
  private odd = false;

  constructor(readonly fromHz: number, readonly toHz: number) {}

  outputCapacity(inputSamples: number): number {
    return (inputSamples + 1) >> 1;
  }

  process(input: Int16Array, output: Int16Array): number {
    let at = 0;
    for (const sample of input) {
      this.history.push(sample);
      this.odd = !this.odd;
      if (!this.odd) continue;
      output[at] = clampSample(this.history.convolve(LOW_PASS, 0, 1));
      at += 1;
    }
    return at;
  }

  reset(): void {
    this.history.clear();
    this.odd = false;
  }

  close(): void {
    this.reset();
  }
}

/** Modified Bessel function of the first kind, order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 30; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** A Kaiser-windowed sinc, normalised to unity at 0 Hz. */
function designLowPass(): Float64Array {
  const middle = (TAPS - 1) / 2;
  const taps = Float64Array.from({ length: TAPS }, (_, i) => {
    const t = i - middle;
    const sinc = Math.sin(2 * Math.PI * CUTOFF * t) / (Math.PI * t); // TAPS is even: t is never 0
    return (sinc * besselI0(KAISER_BETA * Math.sqrt(1 - (t / middle) ** 2))) / besselI0(KAISER_BETA);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

const LOW_PASS = designLowPass();
