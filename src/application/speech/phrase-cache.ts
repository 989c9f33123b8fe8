import type { SpeechChunk, SynthesisRequest, TextToSpeech } from '../ports/text-to-speech.js';

/** A text that never changes, in a voice. */
export type Phrase = SynthesisRequest;

/** Where phrases are rendered, and what tells its voices from those of others. */
export interface PhraseSource {
  readonly inner: TextToSpeech;
  readonly scope: string;
}

export interface PhraseCacheOptions {
  readonly bytesMax: number;
  /** Phrases known as fixed, rendered or not. Those of prompts that were edited since nobody takes back: past it the ones warmed longest ago go. Default 20 000. */
  readonly phrasesMax?: number;
}

const PHRASES_MAX = 20_000;

interface Entry {
  readonly chunks: readonly SpeechChunk[];
  readonly bytes: number;
}

/**
 * Fixed phrases are synthesised once, and are there whatever becomes of the synthesiser. Only what `warm` was given is kept (texts of an
 * agent rarely repeat), and only in the voice it was asked for: what a stand-in said would be heard long after the voice has come back.
 * Of those the least used go when `bytesMax` is reached, and are rendered anew when they are said again.
 */
export class PhraseCache {
  private readonly fixed = new Set<string>();
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  constructor(private readonly options: PhraseCacheOptions) {}

  /** The same port, wrapped: what is not kept comes from `inner`. `scope` tells voices of the same name apart. */
  over(inner: TextToSpeech, scope: string): TextToSpeech {
    return {
      get capabilities() { return inner.capabilities; },
      synthesise: (request, signal) => this.synthesise({ inner, scope }, request, signal),
    };
  }

  /** Renders `phrases` now and keeps them. Throws what the synthesiser throws; phrases before that are kept. */
  async warm(phrases: readonly Phrase[], source: PhraseSource, signal: AbortSignal): Promise<void> {
    for (const phrase of phrases) this.fix(keyOf(source.scope, phrase)); // also those that cannot be rendered yet
    for (const phrase of phrases) {
      if (this.entries.has(keyOf(source.scope, phrase))) continue;
      const chunks = this.synthesise(source, phrase, signal);
      while ((await chunks.next()).done !== true); // taken to the end, so that it is kept
    }
  }

  private fix(key: string): void {
    this.fixed.delete(key); // to the end of the order of warming
    this.fixed.add(key);
    const { phrasesMax = PHRASES_MAX } = this.options;
    for (const oldest of this.fixed) {
      if (this.fixed.size <= phrasesMax) return;
      this.fixed.delete(oldest);
    }
  }

  private async *synthesise({ inner, scope }: PhraseSource, request: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    const key = keyOf(scope, request);
    const known = this.entries.get(key);
    if (known !== undefined) {
      this.entries.delete(key); // to the end of the order of use
      this.entries.set(key, known);
      for (const chunk of known.chunks) {
        if (signal.aborted) return;
        yield chunk;
      }
      return;
    }
    const chunks: SpeechChunk[] = [];
    for await (const chunk of inner.synthesise(request, signal)) {
      chunks.push(chunk);
      yield chunk;
    }
    const complete = !signal.aborted && chunks.length > 0 && chunks.every(({ standIn }) => standIn !== true);
    if (complete && this.fixed.has(key)) this.keep(key, chunks);
  }

  private keep(key: string, chunks: readonly SpeechChunk[]): void {
    const bytes = chunks.reduce((sum, { samples }) => sum + samples.byteLength, 0);
    if (bytes > this.options.bytesMax || this.entries.has(key)) return;
    this.entries.set(key, { chunks, bytes });
    this.bytes += bytes;
    for (const [oldest, entry] of this.entries) {
      if (this.bytes <= this.options.bytesMax) return;
      this.entries.delete(oldest);
      this.bytes -= entry.bytes;
    }
  }
}

function keyOf(scope: string, { text, voice, language, sampleRateHz }: SynthesisRequest): string {
  return JSON.stringify([scope, voice, language, sampleRateHz, text.normalize('NFC').replace(/\s+/gu, ' ').trim()]);
}
