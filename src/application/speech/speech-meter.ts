import type { SpeechUse } from '../../domain/call/speech-use.js';
import type { SpeechToText, TranscriptEvent, TranscriptionOptions, TranscriptionStream } from '../ports/speech-to-text.js';
import type { TextToSpeech } from '../ports/text-to-speech.js';

type Counts = { -readonly [Name in keyof SpeechUse]: SpeechUse[Name] };

/** What one call uses of its speech providers. The ports it gives are those it was given, counted. */
export class SpeechMeter {
  private readonly counts = new Map<string, Counts>();

  /** Providers that were used, in the order of their first use. */
  get uses(): readonly SpeechUse[] {
    return [...this.counts.values()].filter((use) => use.recognisedMs > 0 || use.synthesisedCharacters > 0)
      .map((use) => ({ ...use, recognisedMs: Math.round(use.recognisedMs) }));
  }

  recogniser(provider: string, inner: SpeechToText): SpeechToText {
    const counts = this.countsOf(provider);
    return {
      get capabilities() { return inner.capabilities; },
      open: async (options, signal) => new MeteredStream(await inner.open(options, signal), options, counts),
    };
  }

  voice(provider: string, inner: TextToSpeech): TextToSpeech {
    const counts = this.countsOf(provider);
    return {
      get capabilities() { return inner.capabilities; },
      synthesise: (request, signal) => {
        counts.synthesisedCharacters += request.text.length;
        return inner.synthesise(request, signal);
      },
    };
  }

  private countsOf(provider: string): Counts {
    const counts = this.counts.get(provider) ?? { provider, recognisedMs: 0, synthesisedCharacters: 0 };
    this.counts.set(provider, counts);
    return counts;
  }
}

/** Counts the audio of utterances: providers are sent no silence. */
class MeteredStream implements TranscriptionStream {
  private readonly samplesPerMs: number;
  private speaking = false;

  constructor(private readonly inner: TranscriptionStream, { sampleRateHz }: TranscriptionOptions, private readonly counts: Counts) {
    this.samplesPerMs = sampleRateHz / 1000;
  }

  write(samples: Int16Array): void {
    if (this.speaking) this.counts.recognisedMs += samples.length / this.samplesPerMs;
    this.inner.write(samples);
  }

  beginUtterance(preRollMs: number): void {
    this.speaking = true;
    this.counts.recognisedMs += preRollMs;
    this.inner.beginUtterance(preRollMs);
  }

  endUtterance(): void {
    this.speaking = false;
    this.inner.endUtterance();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<TranscriptEvent> {
    return this.inner[Symbol.asyncIterator]();
  }
}
