/** Sounds for tests, the same in every run. */

interface Said {
  samples: Int16Array;
  /** After the last of them, in radians. */
  phase: number;
}

/** The longest so far, by rate: any shorter one is its beginning, and hundreds of calls in a test ask for the same. */
const said = new Map<number, Said>();

/** Harmonics of a gliding pitch under three formants, in syllables: what voice activity detectors take for voice. About -18 dBFS. */
export function syntheticVoice(sampleRateHz: number, durationMs: number): Int16Array {
  const length = Math.trunc((sampleRateHz * durationMs) / 1000);
  const voice = said.get(sampleRateHz) ?? { samples: new Int16Array(0), phase: 0 };
  said.set(sampleRateHz, voice);
  if (voice.samples.length < length) goOn(voice, length, sampleRateHz);
  return voice.samples.slice(0, length);
}

function goOn(voice: Said, length: number, sampleRateHz: number): void {
  const samples = new Int16Array(length);
  samples.set(voice.samples);
  for (let i = voice.samples.length; i < length; i += 1) {
    const seconds = i / sampleRateHz;
    const pitchHz = 130 + 15 * Math.sin(2 * Math.PI * 2.5 * seconds);
    voice.phase += (2 * Math.PI * pitchHz) / sampleRateHz;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 22; harmonic += 1) sum += formants(harmonic * pitchHz) * Math.sin(harmonic * voice.phase);
    const syllables = 0.8 + 0.2 * Math.sin(2 * Math.PI * 4 * seconds);
    samples[i] = Math.round(1500 * syllables * sum);
  }
  voice.samples = samples;
}

function formants(hz: number): number {
  return bump(hz, 500, 250) + 0.5 * bump(hz, 1500, 300) + 0.25 * bump(hz, 2500, 400) + 0.02;
}

function bump(hz: number, centre: number, width: number): number {
  return Math.exp(-(((hz - centre) / width) ** 2));
}

/** White noise from a linear congruential generator (Numerical Recipes), peaks at `amplitude`. */
export function whiteNoise(samples: number, amplitude: number, seed = 1): Int16Array {
  let state = seed;
  return Int16Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * amplitude);
  });
}
