import { samplesInMs } from './frame.js';
import { amplitudeOfDecibels } from './level.js';

export type DtmfDigit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | 'A' | 'B' | 'C' | 'D';

/** ITU-T Q.23: the low and the high frequency of each key, in hertz. */
export const DTMF_PAIRS: Readonly<Record<DtmfDigit, readonly [lowHz: number, highHz: number]>> = {
  '1': [697, 1209], '2': [697, 1336], '3': [697, 1477], A: [697, 1633],
  '4': [770, 1209], '5': [770, 1336], '6': [770, 1477], B: [770, 1633],
  '7': [852, 1209], '8': [852, 1336], '9': [852, 1477], C: [852, 1633],
  '*': [941, 1209], '0': [941, 1336], '#': [941, 1477], D: [941, 1633],
};

export interface ToneOptions {
  readonly sampleRateHz: number;
  readonly durationMs: number;
  /** Level of each partial's peak relative to full scale. */
  readonly decibels: number;
}

/** Rise and fall, so that a tone neither begins nor ends with a click. */
const EDGE_MS = 5;

/** The sum of sines with soft edges. */
export function tone(frequenciesHz: readonly number[], options: ToneOptions): Int16Array {
  const { sampleRateHz, durationMs, decibels } = options;
  const samples = new Int16Array(samplesInMs(durationMs, sampleRateHz));
  const amplitude = 32767 * amplitudeOfDecibels(decibels);
  const edge = Math.max(1, Math.min(samplesInMs(EDGE_MS, sampleRateHz), samples.length >> 1));
  for (let i = 0; i < samples.length; i += 1) {
    const envelope = Math.min(1, i / edge, (samples.length - 1 - i) / edge);
    let sum = 0;
    for (const frequency of frequenciesHz) sum += Math.sin((2 * Math.PI * frequency * i) / sampleRateHz);
    samples[i] = Math.max(-32768, Math.min(32767, Math.round(sum * amplitude * envelope)));
  }
  return samples;
}

/** One key press, both frequencies at the same level. */
export function dtmfTone(digit: DtmfDigit, options: ToneOptions): Int16Array {
  return tone(DTMF_PAIRS[digit], options);
}

/** A soft two-note sound that tells a waiting caller the line is alive. */
export function comfortTone(options: ToneOptions): Int16Array {
  return tone([350, 440], options);
}
