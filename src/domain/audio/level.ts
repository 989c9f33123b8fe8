const FULL_SCALE = 32768;

/** Reported for digital silence instead of minus infinity: below the smallest sample's level, -90.3 dBFS. */
export const SILENCE_DBFS = -96;

/** Root mean square of the samples, 0..32768. 0 for none. */
export function rms(samples: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const sample = samples[i] ?? 0;
    sum += sample * sample;
  }
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** The largest magnitude, 0..32768. */
export function peak(samples: Int16Array): number {
  let largest = 0;
  for (const sample of samples) largest = Math.max(largest, Math.abs(sample));
  return largest;
}

/** An amplitude as decibels relative to full scale: a full-scale square wave is 0, a full-scale sine -3.01. */
export function dbfs(amplitude: number): number {
  return amplitude <= 0 ? SILENCE_DBFS : Math.max(SILENCE_DBFS, 20 * Math.log10(amplitude / FULL_SCALE));
}

export function levelDbfs(samples: Int16Array): number {
  return dbfs(rms(samples));
}

/** The factor of a change in decibels: 0 → 1, -6.02 → 0.5. */
export function amplitudeOfDecibels(decibels: number): number {
  return 10 ** (decibels / 20);
}

export function clampSample(value: number): number {
  if (value > 32767) return 32767;
  return value < -32768 ? -32768 : Math.round(value);
}
