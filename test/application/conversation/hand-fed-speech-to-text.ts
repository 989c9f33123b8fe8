import type { SpeechToText, SpeechToTextCapabilities, TranscriptEvent, TranscriptionOptions, TranscriptionStream } from '../../../src/application/ports/speech-to-text.js';
import { HandFed } from './hand-fed.js';

/** One recogniser whose words the test gives out. */
export class HandFedStream implements TranscriptionStream {
  readonly events = new HandFed<TranscriptEvent>();
  /** What was asked of it, in order: `begin <preRollMs>`, `end`, `close`. */
  readonly acts: string[] = [];
  samples = 0;

  constructor(readonly options: TranscriptionOptions, readonly signal: AbortSignal) {}

  get closed(): boolean {
    return this.acts.includes('close');
  }

  partial(text: string): void {
    this.events.give({ type: 'partial', text });
  }

  final(text: string, confidence: number | null = 0.9): void {
    this.events.give({ type: 'final', text, confidence });
  }

  dies(error: Error): void {
    this.events.finish(error);
  }

  write(samples: Int16Array): void {
    this.samples += samples.length;
  }

  beginUtterance(preRollMs: number): void {
    this.acts.push(`begin ${preRollMs}`);
  }

  endUtterance(): void {
    this.acts.push('end');
  }

  close(): Promise<void> {
    if (!this.closed) this.acts.push('close');
    this.events.finish();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<TranscriptEvent> {
    return this.events;
  }
}

/** A recogniser under the test's hand: it opens, fails or hangs as told, and recognises what the test says. */
export class HandFedSpeechToText implements SpeechToText {
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 300, sampleRatesHz: [8000, 16000], grammars: true };
  readonly streams: HandFedStream[] = [];
  /** The next openings: an error fails one, `hang` never answers. Empty: they succeed. */
  readonly nextOpenings: (Error | 'hang')[] = [];
  openings = 0;

  open(options: TranscriptionOptions, signal: AbortSignal): Promise<HandFedStream> {
    this.openings += 1;
    const fate = this.nextOpenings.shift();
    if (fate === 'hang') return new Promise(() => undefined);
    if (fate !== undefined) return Promise.reject(fate);
    const stream = new HandFedStream(options, signal);
    this.streams.push(stream);
    return Promise.resolve(stream);
  }

  get stream(): HandFedStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no recogniser was opened');
    return stream;
  }
}
