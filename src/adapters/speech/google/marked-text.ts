import type { SpeechChunk } from '../../../application/ports/text-to-speech.js';

type Words = NonNullable<SpeechChunk['words']>;

const ESCAPES: ReadonlyMap<string, string> = new Map([['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;'], ['"', '&quot;'], ['\'', '&apos;']]);

/** Where a mark was heard, as TimepointType SSML_MARK tells it. */
export interface Timepoint {
  readonly markName?: string | null;
  readonly timeSeconds?: number | null;
}

/** A text as SSML with a mark before each word, so that the answer tells when each begins. */
export class MarkedText {
  private readonly words: readonly string[];

  constructor(text: string) {
    this.words = text.split(/\s+/u).filter((word) => word !== '');
  }

  get ssml(): string {
    const marked = this.words.map((word, index) => `<mark name="${index}"/>${word.replace(/[&<>"']/gu, (sign) => ESCAPES.get(sign) ?? '')}`);
    return `<speak>${marked.join(' ')}</speak>`;
  }

  /** A word lasts until the next one begins, the last one until the end. Empty when a mark is missing: half of the times are worse than none. */
  timed(timepoints: readonly Timepoint[], totalMs: number): Words {
    const startsMs = new Map(timepoints.map(({ markName, timeSeconds }) => [markName ?? '', (timeSeconds ?? 0) * 1000]));
    const starts = this.words.map((_word, index) => startsMs.get(String(index)));
    if (starts.some((start) => start === undefined)) return [];
    return this.words.map((text, index) => ({ text, startMs: starts[index] ?? 0, endMs: starts[index + 1] ?? totalMs }));
  }
}
