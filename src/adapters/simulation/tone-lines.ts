import type { LineRequest, LineSource } from '../../application/ports/line-source.js';
import { tone } from '../../domain/audio/tones.js';
import { spokenWords } from '../../domain/simulation/spoken-words.js';
import { readWavClip } from './wav-clip.js';

const MS_PER_S = 1000;
const GAP_MS = 60;
const LETTER_MS = 45;
const WORD_MS_MIN = 120;
const DECIBELS = -14;
const PITCH_HZ_MIN = 180;
const PITCH_HZ_STEP = 13;

/**
 * A voice without a synthesiser, for load: each word is a chord of its own, as long as it has letters. The same line always
 * sounds the same, voice detection takes it for speech, and it costs nothing to make. Nobody can recognise it.
 */
export class ToneLines implements LineSource {
  render({ line, sampleRateHz }: LineRequest, signal: AbortSignal): Promise<Int16Array> {
    if (line.kind === 'wav') return readWavClip(line.file, sampleRateHz, signal);
    const gap = new Int16Array((GAP_MS * sampleRateHz) / MS_PER_S);
    const parts = spokenWords(line.text).flatMap((word) => [chord(word, sampleRateHz), gap]).slice(0, -1);
    return Promise.resolve(Int16Array.from(parts.flatMap((part) => [...part])));
  }
}

function chord(word: string, sampleRateHz: number): Int16Array {
  let hash = 7;
  for (const letter of word) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 61;
  const pitchHz = PITCH_HZ_MIN + PITCH_HZ_STEP * (hash % 16);
  return tone([pitchHz, pitchHz * 2.4, pitchHz * 4.1], { sampleRateHz, durationMs: Math.max(WORD_MS_MIN, word.length * LETTER_MS), decibels: DECIBELS });
}
