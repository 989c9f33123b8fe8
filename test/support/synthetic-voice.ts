/** Sounds for tests, the same in every run. */

/** Harmonics of a gliding pitch under three formants, in syllables: what voice activity detectors take for voice. About -18 dBFS. */
export function syntheticVoice(sampleRateHz: number, durationMs: number): Int16Array {
  const samples = new Int16Array((sampleRateHz * durationMs) / 1000);
  let phase = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const seconds = i / sampleRateHz;
    const pitchHz = 130 + 15 * Math.sin(2 * Math.PI * 2.5 * seconds);
    phase += (2 * Math.PI * pitchHz) / sampleRateHz;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 22; harmonic += 1) sum += formants(harmonic * pitchHz) * Math.sin(harmonic * phase);
    const syllables = 0.8 + 0.2 * Math.sin(2 * Math.PI * 4 * seconds);
    samples[i] = Math.round(1500 * syllables * sum);
  }
  return samples;
}

function formants(hz: number): number {
  const bump = (centre: number, width: number): number => Math.exp(-(((hz - centre) / width) ** 2));
  return bump(500, 250) + 0.5 * bump(1500, 300) + 0.25 * bump(2500, 400) + 0.02;
}

/** White noise from a linear congruential generator (Numerical Recipes), peaks at `amplitude`. */
export function whiteNoise(samples: number, amplitude: number, seed = 1): Int16Array {
  let state = seed;
  return Int16Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * amplitude);
  });
}
