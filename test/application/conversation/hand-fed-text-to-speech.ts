import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../src/application/ports/text-to-speech.js';
import { HandFed } from './hand-fed.js';

/** One synthesis whose audio the test gives out. */
export class HandFedSynthesis {
  readonly chunks = new HandFed<SpeechChunk>();

  constructor(readonly request: SynthesisRequest, readonly signal: AbortSignal) {}

  /** Audio of `ms`, every sample at `level`; with word times when given. */
  give(ms: number, words?: SpeechChunk['words'], level = 1000): this {
    const samples = new Int16Array((ms * this.request.sampleRateHz) / 1000).fill(level);
    this.chunks.give(words === undefined ? { samples } : { samples, words });
    return this;
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

/** A voice under the test's hand. With `msPerWord` it speaks by itself, each word taking that long. */
export class HandFedTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = { streaming: true, wordTimes: true, voices: [{ name: 'rms', language: 'en-US' }] };
  readonly syntheses: HandFedSynthesis[] = [];
  msPerWord: number | null = null;
  /** Each synthesis from now on fails with this. */
  failure: Error | null = null;

  synthesise(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<SpeechChunk> {
    const synthesis = new HandFedSynthesis(request, signal);
    this.syntheses.push(synthesis);
    if (this.failure !== null) synthesis.fails(this.failure);
    else if (this.msPerWord !== null) this.speak(synthesis, this.msPerWord);
    return synthesis.chunks;
  }

  private speak(synthesis: HandFedSynthesis, msPerWord: number): void {
    synthesis.request.text.split(' ').forEach((text, index) => {
      synthesis.give(msPerWord, [{ text, startMs: index * msPerWord, endMs: (index + 1) * msPerWord }]);
    });
    synthesis.end();
  }

  get last(): HandFedSynthesis {
    const synthesis = this.syntheses.at(-1);
    if (synthesis === undefined) throw new Error('nothing was synthesised');
    return synthesis;
  }

  get texts(): readonly string[] {
    return this.syntheses.map((synthesis) => synthesis.request.text);
  }
}
