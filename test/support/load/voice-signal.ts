/**
 * A voice for load: vowels of a glottal pulse train through two formants, five syllables a second, never quite silent. A
 * voice activity detector takes it for speech from the first to the last frame. The same samples every time.
 */
const FORMANTS = [
  { frequencyHz: 650, bandwidthHz: 80, gain: 1 },
  { frequencyHz: 1200, bandwidthHz: 110, gain: 0.6 },
  { frequencyHz: 2500, bandwidthHz: 160, gain: 0.25 },
] as const;
const SYLLABLE_HZ = 5;
const SYLLABLE_DEPTH = 0.35;
const INTONATION_HZ = 0.7;
const INTONATION_DEPTH = 0.15;
const PEAK = 9000;

export interface VoiceSignalOptions {
  readonly seconds: number;
  readonly sampleRateHz?: 8000 | 16000;
  readonly pitchHz?: number;
}

/** Mono PCM16 with peaks at about -11 dBFS. */
export function voiceSignal({ seconds, sampleRateHz = 8000, pitchHz = 120 }: VoiceSignalOptions): Int16Array {
  const length = Math.floor(seconds * sampleRateHz);
  const sum = new Float64Array(length);
  for (const formant of FORMANTS) addFormant(sum, formant, { sampleRateHz, pitchHz });
  const peak = sum.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return Int16Array.from(sum, (value, index) => {
    const syllable = 1 - SYLLABLE_DEPTH + SYLLABLE_DEPTH * Math.sin((2 * Math.PI * SYLLABLE_HZ * index) / sampleRateHz);
    return Math.round((value / peak) * syllable * PEAK);
  });
}

function addFormant(sum: Float64Array, formant: (typeof FORMANTS)[number], voice: { readonly sampleRateHz: number; readonly pitchHz: number }): void {
  const { sampleRateHz, pitchHz } = voice;
  const radius = Math.exp((-Math.PI * formant.bandwidthHz) / sampleRateHz);
  const feedback = 2 * radius * Math.cos((2 * Math.PI * formant.frequencyHz) / sampleRateHz);
  let [before, beforeThat, phase] = [0, 0, 0];
  for (let index = 0; index < sum.length; index += 1) {
    phase += (pitchHz * (1 + INTONATION_DEPTH * Math.sin((2 * Math.PI * INTONATION_HZ * index) / sampleRateHz))) / sampleRateHz;
    const pulse = phase >= 1 ? 1 : 0;
    phase -= pulse;
    const value = pulse + feedback * before - radius * radius * beforeThat;
    beforeThat = before;
    before = value;
    sum[index] = (sum[index] ?? 0) + value * formant.gain;
  }
}
