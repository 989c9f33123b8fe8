/** Something that looks like speech to a correlator: bursts of harmonics of a wandering pitch with noise, and pauses. Deterministic. */
export function syntheticSpeech(seconds: number, sampleRateHz = 8000, seed = 1): Int16Array {
  const samples = new Int16Array(seconds * sampleRateHz);
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let phase = 0;
  let loudness = 0;
  let target = 0;
  let pitchHz = 120;
  for (let index = 0; index < samples.length; index += 1) {
    if (index % (sampleRateHz / 8) === 0) {
      target = random() < 0.25 ? 0 : 2000 + 5000 * random();
      pitchHz = 90 + 80 * random();
    }
    loudness += (target - loudness) * 0.004;
    phase += (2 * Math.PI * pitchHz) / sampleRateHz;
    let value = 0;
    for (let harmonic = 1; harmonic <= 8; harmonic += 1) value += Math.sin(harmonic * phase + harmonic) / harmonic;
    samples[index] = Math.round(loudness * (value + 0.3 * (random() - 0.5)));
  }
  return samples;
}

/** What 8-bit logarithmic coding does, near enough: an error of a share of the level. */
export function coarsened(samples: Int16Array): Int16Array {
  return samples.map((sample) => {
    const step = Math.max(8, 2 ** (Math.floor(Math.log2(Math.abs(sample) + 33)) - 4));
    return Math.round(sample / step) * step;
  });
}
