import { decodeG711, encodeG711 } from '../../src/domain/audio/g711.js';
import { clampSample, levelDbfs } from '../../src/domain/audio/level.js';
import type { Random } from './random.js';

export const CONDITIONS = ['clean', 'noisy', 'quiet'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Signal to noise of `noisy`, white noise over the whole line, pauses too. */
const NOISE_DB = 20;
/** How much weaker `quiet` is. */
const QUIET_DB = 12;
const RATE_HZ = 8000;
const LEAD_MS_MIN = 300;
/** The voice begins somewhere within two of the recogniser's frames of 10 ms: where decides over narrow cases. */
const LEAD_MS_SPREAD = 20;
/** Silence that ends a turn (`endOfTurnSilenceMs` of the examples: 400 to 450), and what telephony adds. */
const TRAIL_MS_MIN = 400;
const TRAIL_MS_SPREAD = 200;

export interface Utterance {
  /** 8 kHz, as a telephone sends it: silence, voice, silence. */
  readonly samples: Int16Array;
  /** Samples before the voice. */
  readonly lead: number;
}

/** Lays a voice over a line: level, noise, G.711 µ-law. */
export function overTheLine(voice: Int16Array, condition: Condition, random: Random): Utterance {
  const lead = samplesOf(LEAD_MS_MIN) + random.below(samplesOf(LEAD_MS_SPREAD));
  const trail = samplesOf(TRAIL_MS_MIN) + random.below(samplesOf(TRAIL_MS_SPREAD));
  const gain = condition === 'quiet' ? 10 ** (-QUIET_DB / 20) : 1;
  const noise = condition === 'noisy' ? 32_768 * 10 ** ((levelDbfs(voice) - NOISE_DB) / 20) : 0;
  const samples = new Int16Array(lead + voice.length + trail);
  for (let i = 0; i < samples.length; i += 1) samples[i] = clampSample((voice[i - lead] ?? 0) * gain + (noise === 0 ? 0 : noise * random.normal()));
  const coded = { bytes: new Uint8Array(samples.length), offset: 0 };
  encodeG711('ulaw', samples, coded);
  decodeG711('ulaw', coded, samples.length, samples);
  return { samples, lead };
}

function samplesOf(ms: number): number {
  return (ms * RATE_HZ) / 1000;
}
