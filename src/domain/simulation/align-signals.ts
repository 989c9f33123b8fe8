/** How to look for one signal in another. All lengths in milliseconds. */
export interface AlignmentOptions {
  readonly sampleRateHz: number;
  /** The recording may begin this much earlier or later than the reference. */
  readonly offsetMsMax: number;
}

/** One stretch of the reference found again in the recording. */
export interface AlignedWindow {
  /** First sample in the reference. */
  readonly atSample: number;
  readonly lengthSamples: number;
  /** Sample n of the reference is sample n + lag of the recording; fractions by interpolation. */
  readonly lagSamples: number;
  /** Normalised cross-correlation at that lag, -1 to 1. */
  readonly correlation: number;
}

export interface Alignment {
  /** Median lag: how much later the recording has what the reference has. */
  readonly offsetSamples: number;
  /** Median correlation of the windows. 1: the same but for loudness. */
  readonly correlation: number;
  /** Clock difference: positive when the recording runs slower (is longer). */
  readonly driftPpm: number;
  /** Windows with voice in them; the rest of the reference cannot be compared. */
  readonly windows: readonly AlignedWindow[];
}

const MS_PER_S = 1000;
const ENVELOPE_MS = 5;
const WINDOW_MS = 200;
/** A window quieter than this (RMS) has nothing to recognise. */
const VOICE_RMS = 200;
/** How far a window may lie from the one before it. */
const WANDER_MS = 30;
/** The best lag must beat the expected one by this, or periodic sounds would jump by a period. */
const CLEARLY_BETTER = 0.02;
const TRUSTED_CORRELATION = 0.7;

/**
 * Finds `reference` in `recorded`: offset, likeness, drift. Both mono PCM16 of one rate. Loudness does not matter.
 * First by the envelopes over the whole length, then by normalised cross-correlation of each 200 ms with voice.
 * Null when the reference has no voice or nothing of it overlaps the recording.
 */
export function alignSignals(reference: Int16Array, recorded: Int16Array, options: AlignmentOptions): Alignment | null {
  const perMs = options.sampleRateHz / MS_PER_S;
  const step = ENVELOPE_MS * perMs;
  const coarse = bestEnvelopeLag(envelope(reference, step), envelope(recorded, step), Math.round(options.offsetMsMax / ENVELOPE_MS));
  if (coarse === null) return null;
  const windows = followWindows(reference, recorded, { expected: coarse * step, length: WINDOW_MS * perMs, wander: WANDER_MS * perMs });
  if (windows.length === 0) return null;
  const trusted = windows.filter((window) => window.correlation >= TRUSTED_CORRELATION);
  const basis = trusted.length > 0 ? trusted : windows;
  return {
    offsetSamples: median(basis.map((window) => window.lagSamples)),
    correlation: median(windows.map((window) => window.correlation)),
    driftPpm: slope(basis) * 1e6,
    windows,
  };
}

/** Root of the energy of each `step` samples. */
function envelope(samples: Int16Array, step: number): Float64Array {
  const levels = new Float64Array(Math.floor(samples.length / step));
  for (let index = 0; index < levels.length; index += 1) levels[index] = rms(samples, index * step, step);
  return levels;
}

function rms(samples: Int16Array, from: number, length: number): number {
  let energy = 0;
  for (let index = from; index < from + length; index += 1) energy += (samples[index] ?? 0) ** 2;
  return Math.sqrt(energy / length);
}

function bestEnvelopeLag(one: Float64Array, other: Float64Array, lagMax: number): number | null {
  let best: number | null = null;
  let bestProduct = 0;
  const oneMean = mean(one);
  const otherMean = mean(other);
  for (let lag = -lagMax; lag <= lagMax; lag += 1) {
    let product = 0;
    const from = Math.max(0, -lag);
    const to = Math.min(one.length, other.length - lag);
    for (let index = from; index < to; index += 1) product += ((one[index] ?? 0) - oneMean) * ((other[index + lag] ?? 0) - otherMean);
    if (product > bestProduct) {
      bestProduct = product;
      best = lag;
    }
  }
  return best;
}

interface Search {
  readonly expected: number;
  readonly length: number;
  readonly wander: number;
}

function followWindows(reference: Int16Array, recorded: Int16Array, search: Search): AlignedWindow[] {
  const windows: AlignedWindow[] = [];
  let expected = search.expected;
  for (let at = 0; at + search.length <= reference.length; at += search.length) {
    if (rms(reference, at, search.length) < VOICE_RMS) continue;
    const window = bestLag(reference, recorded, { at, length: search.length, expected: Math.round(expected), wander: search.wander });
    if (window === null) continue;
    windows.push(window);
    if (window.correlation >= TRUSTED_CORRELATION) expected = window.lagSamples;
  }
  return windows;
}

interface Stretch {
  readonly at: number;
  readonly length: number;
  readonly expected: number;
  readonly wander: number;
}

function bestLag(reference: Int16Array, recorded: Int16Array, stretch: Stretch): AlignedWindow | null {
  const { at, length, expected, wander } = stretch;
  let best = expected;
  let bestCorrelation = correlationAt(reference, recorded, stretch, expected) ?? -1;
  const needed = bestCorrelation + CLEARLY_BETTER;
  let compared = bestCorrelation > -1;
  for (let lag = expected - wander; lag <= expected + wander; lag += 1) {
    const correlation = correlationAt(reference, recorded, stretch, lag);
    if (correlation === null) continue;
    compared = true;
    if (correlation <= Math.max(bestCorrelation, needed)) continue;
    best = lag;
    bestCorrelation = correlation;
  }
  if (!compared) return null;
  const before = correlationAt(reference, recorded, stretch, best - 1) ?? bestCorrelation;
  const after = correlationAt(reference, recorded, stretch, best + 1) ?? bestCorrelation;
  return { atSample: at, lengthSamples: length, lagSamples: best + vertex(before, bestCorrelation, after), correlation: bestCorrelation };
}

/** Null when the stretch lies outside the recording. A silent stretch of the recording correlates with nothing. */
function correlationAt(reference: Int16Array, recorded: Int16Array, { at, length }: Stretch, lag: number): number | null {
  if (at + lag < 0 || at + lag + length > recorded.length) return null;
  let product = 0;
  let referenceEnergy = 0;
  let recordedEnergy = 0;
  for (let index = at; index < at + length; index += 1) {
    const one = reference[index] ?? 0;
    const other = recorded[index + lag] ?? 0;
    product += one * other;
    referenceEnergy += one * one;
    recordedEnergy += other * other;
  }
  return recordedEnergy === 0 || referenceEnergy === 0 ? 0 : product / Math.sqrt(referenceEnergy * recordedEnergy);
}

/** Where between its neighbours the top of a parabola through three points lies, -0.5 to 0.5. */
function vertex(before: number, top: number, after: number): number {
  const curve = before - 2 * top + after;
  return curve >= 0 ? 0 : Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curve)));
}

/** Least squares: samples of lag per sample of reference. */
function slope(windows: readonly AlignedWindow[]): number {
  const meanAt = mean(windows.map((window) => window.atSample));
  const meanLag = mean(windows.map((window) => window.lagSamples));
  let product = 0;
  let spread = 0;
  for (const { atSample, lagSamples } of windows) {
    product += (atSample - meanAt) * (lagSamples - meanLag);
    spread += (atSample - meanAt) ** 2;
  }
  return spread === 0 ? 0 : product / spread;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return values.length === 0 ? 0 : sum / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
