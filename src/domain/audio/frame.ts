/** Linear PCM rates the gateway works in. Audio is mono PCM16 everywhere inside. */
export type SampleRateHz = 8000 | 16000;

/** One frame lasts 20 ms: the packetization time of G.711 and of Asterisk's linear formats (RFC 3551 §4.2). */
export const FRAME_MS = 20;

const MS_PER_S = 1000;

export function samplesPerFrame(sampleRateHz: SampleRateHz): number {
  return (sampleRateHz * FRAME_MS) / MS_PER_S;
}

/** Whole samples in `ms`, rounded down. */
export function samplesInMs(ms: number, sampleRateHz: number): number {
  return Math.floor((ms * sampleRateHz) / MS_PER_S);
}

export function msOfSamples(samples: number, sampleRateHz: number): number {
  return (samples * MS_PER_S) / sampleRateHz;
}
