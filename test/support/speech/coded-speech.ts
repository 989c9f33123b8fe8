/**
 * Words as tones, one frequency each: audio whose words can be counted exactly. Providers' loopback servers "recognise" and "speak" it,
 * so that a test sees every word that was lost or came twice. A word that is cut off in its first half is not understood, like a
 * real one.
 */
const VOCABULARY = [
  'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'yes', 'no', 'card', 'bank', 'where', 'when',
  'is', 'my', 'the', 'please', 'monday', 'hello', 'thanks', 'again',
] as const;

const LOWEST_HZ = 400;
const STEP_HZ = 100;
/** The tone of a word, and the gap after it. */
export const CODED_TONE_MS = 160;
const GAP_MS = 80;
const AMPLITUDE = 8000;
const FRAME_MS = 10;
const LOUD_RMS = 800;
/** Frames of one tone that make a word. */
const WORD_FRAMES_MIN = 9;

/** The time of a word and the gap after it. */
export const CODED_WORD_MS = CODED_TONE_MS + GAP_MS;

/** @throws when a word is not in the vocabulary. */
export function codedSpeech(text: string, sampleRateHz: number): Int16Array {
  const words = wordsOf(text);
  const perWord = (CODED_WORD_MS * sampleRateHz) / 1000;
  const tone = (CODED_TONE_MS * sampleRateHz) / 1000;
  const samples = new Int16Array(words.length * perWord);
  words.forEach((word, index) => {
    const hz = frequencyOf(word);
    for (let at = 0; at < tone; at += 1) samples[index * perWord + at] = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * hz * at) / sampleRateHz));
  });
  return samples;
}

/** Words of a text as the codec knows them: without case and punctuation. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().replace(/[^a-z ]/gu, ' ').split(' ').filter((word) => word !== '');
}

/** The same text with words that the codec does not know put by one that it does: prompts are said too, whatever their words. */
export function sayable(text: string): string {
  return wordsOf(text).map((word) => ((VOCABULARY as readonly string[]).includes(word) ? word : 'again')).join(' ');
}

/** Every word of the vocabulary once, or the beginning of that. */
export function aText(words: number): string {
  return VOCABULARY.slice(0, words).join(' ');
}

/** Hears words in audio as it comes, in chunks of any size. */
export class CodedEar {
  /** Words heard to their end so far. */
  readonly words: string[] = [];
  private readonly frame: Int16Array;
  private filled = 0;
  private readonly heard = new Map<string, number>();

  constructor(private readonly sampleRateHz: number) {
    this.frame = new Int16Array((FRAME_MS * sampleRateHz) / 1000);
  }

  write(samples: Int16Array): void {
    for (const sample of samples) {
      this.frame[this.filled] = sample;
      this.filled += 1;
      if (this.filled === this.frame.length) this.judge();
    }
  }

  get text(): string {
    return this.words.join(' ');
  }

  /** The end of the audio: a word that was nearly complete counts. */
  end(): string {
    this.endWord();
    return this.text;
  }

  private judge(): void {
    this.filled = 0;
    const word = this.wordIn(this.frame);
    if (word === null) this.endWord();
    else this.heard.set(word, (this.heard.get(word) ?? 0) + 1);
  }

  private endWord(): void {
    const [best] = [...this.heard].sort(([, a], [, b]) => b - a);
    if (best !== undefined && best[1] >= WORD_FRAMES_MIN) this.words.push(best[0]);
    this.heard.clear();
  }

  private wordIn(frame: Int16Array): string | null {
    let energy = 0;
    let crossings = 0;
    for (let at = 0; at < frame.length; at += 1) {
      energy += frame[at]! * frame[at]!;
      if (at > 0 && (frame[at - 1]! < 0) !== (frame[at]! < 0)) crossings += 1;
    }
    if (Math.sqrt(energy / frame.length) < LOUD_RMS) return null;
    const hz = crossings / 2 / ((frame.length - 1) / this.sampleRateHz);
    return VOCABULARY[Math.round((hz - LOWEST_HZ) / STEP_HZ)] ?? null;
  }
}

export function frequencyOf(word: string): number {
  const index = (VOCABULARY as readonly string[]).indexOf(word);
  if (index < 0) throw new Error(`coded speech does not have the word ${word}`);
  return LOWEST_HZ + STEP_HZ * index;
}
