import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../src/application/ports/text-to-speech.js';
import { HandFed } from './hand-fed.js';

/** One synthesis whose audio the test gives out. */
export class FakeSynthesis {
  readonly chunks = new HandFed<SpeechChunk>();

  constructor(readonly request: SynthesisRequest, readonly signal: AbortSignal) {
    const end = (): void => {
      this.chunks.drop();
      this.chunks.finish();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  }

  /** Audio of `ms`, every sample at `level`; with word times when given. */
  give(ms: number, words?: SpeechChunk['words'], level = 1000): this {
    if (this.signal.aborted) return this;
    const samples = new Int16Array((ms * this.request.sampleRateHz) / 1000).fill(level);
    this.chunks.give(words === undefined ? { samples } : { samples, words });
    return this;
  }

  /** These chunks, and nothing after. */
  say(clip: readonly Int16Array[]): this {
    if (!this.signal.aborted) for (const samples of clip) this.chunks.give({ samples });
    return this.end();
  }

  end(): this {
    this.chunks.finish();
    return this;
  }

  fails(error: Error): this {
    this.chunks.finish(error);
    return this;
  }
}

/** A voice under the test's hand. With `msPerWord` it speaks by itself, each word taking that long; with `clip` it says always the same. */
export class FakeTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = { streaming: true, wordTimes: true, voices: [{ name: 'rms', language: 'en-US' }] };
  readonly syntheses: FakeSynthesis[] = [];
  msPerWord: number | null = null;
  /** Chunks of every synthesis. */
  clip: readonly Int16Array[] | null = null;
  /** Each synthesis from now on fails with this. */
  failure: Error | null = null;

  synthesise(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<SpeechChunk> {
    const synthesis = new FakeSynthesis(request, signal);
    this.syntheses.push(synthesis);
    if (this.failure !== null) synthesis.fails(this.failure);
    else if (this.clip !== null) synthesis.say(this.clip);
    else if (this.msPerWord !== null) this.speak(synthesis, this.msPerWord);
    return synthesis.chunks;
  }

  private speak(synthesis: FakeSynthesis, msPerWord: number): void {
    synthesis.request.text.split(' ').forEach((text, index) => {
      synthesis.give(msPerWord, [{ text, startMs: index * msPerWord, endMs: (index + 1) * msPerWord }]);
    });
    synthesis.end();
  }

  get last(): FakeSynthesis {
    const synthesis = this.syntheses.at(-1);
    if (synthesis === undefined) throw new Error('nothing was synthesised');
    return synthesis;
  }

  get texts(): readonly string[] {
    return this.syntheses.map((synthesis) => synthesis.request.text);
  }
}
