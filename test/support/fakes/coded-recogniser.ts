import type { Cancel, Clock } from '../../../src/application/ports/clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptEvent, TranscriptionOptions, TranscriptionStream } from '../../../src/application/ports/speech-to-text.js';
import { CodedEar } from '../speech/coded-speech.js';
import { HandFed } from './hand-fed.js';

/** What goes wrong with the streams of a CodedRecogniser, counted in words over all its streams. */
export type RecogniserFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'refuses' }
  | { readonly kind: 'opens-late'; readonly ms: number }
  | { readonly kind: 'never-opens' }
  /** In the middle of the word after so many. */
  | { readonly kind: 'dies' | 'hangs' | 'ends'; readonly afterWords: number };

const FINAL_MS = 100;

/** Understands coded speech on the test's clock, one final for each utterance, and fails as told. */
export class CodedRecogniser implements SpeechToText {
  readonly capabilities: SpeechToTextCapabilities;
  readonly streams: CodedStream[] = [];
  words = 0;

  constructor(private readonly clock: Clock, public fault: RecogniserFault = { kind: 'none' }, partialResults = true) {
    this.capabilities = { partialResults, endpointing: false, finalLatencyP99Ms: 300, sampleRatesHz: [8000, 16000], grammars: false };
  }

  open(options: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    const { fault } = this;
    if (fault.kind === 'refuses') return Promise.reject(new PortError('refused', { code: 'speech-to-text/unavailable', kind: 'unavailable' }));
    if (fault.kind === 'never-opens') return new Promise(() => undefined);
    const stream = new CodedStream(this, this.clock, options.sampleRateHz, signal);
    this.streams.push(stream);
    if (fault.kind !== 'opens-late') return Promise.resolve(stream);
    return new Promise((resolve) => { this.clock.after(fault.ms, () => { resolve(stream); }); });
  }

  get openStreams(): number {
    return this.streams.filter(({ closed }) => !closed).length;
  }
}

export class CodedStream implements TranscriptionStream {
  closed = false;
  /** Audio it was given, in seconds. */
  heardS = 0;
  private readonly events = new HandFed<TranscriptEvent>();
  private ear: CodedEar | null = null;
  private told = 0;
  /** The last second, as far as there was one: its last samples are the latest. */
  private readonly before: Int16Array;
  private beforeSamples = 0;
  private hangs = false;
  private readonly timers = new Set<Cancel>();

  constructor(private readonly owner: CodedRecogniser, private readonly clock: Clock, private readonly rateHz: number, signal: AbortSignal) {
    this.before = new Int16Array(rateHz);
    signal.addEventListener('abort', () => { void this.close(); }, { once: true });
  }

  write(samples: Int16Array): void {
    this.heardS += samples.length / this.rateHz;
    this.remember(samples.subarray(-this.rateHz));
    if (this.ear === null || this.closed || this.hangs) return;
    this.ear.write(samples);
    const news = this.ear.words.length - this.told;
    if (news === 0) return;
    this.told = this.ear.words.length;
    this.owner.words += news;
    const { fault } = this.owner;
    if ('afterWords' in fault && this.owner.words > fault.afterWords) this.breakDown(fault.kind);
    else if (this.owner.capabilities.partialResults) this.events.give({ type: 'partial', text: this.ear.text });
  }

  beginUtterance(preRollMs: number): void {
    this.ear = new CodedEar(this.rateHz);
    const samples = Math.min(this.beforeSamples, Math.trunc((preRollMs * this.rateHz) / 1000));
    this.ear.write(this.before.subarray(this.before.length - samples));
    this.told = 0;
  }

  endUtterance(): void {
    const text = this.ear?.end() ?? '';
    this.ear = null;
    if (this.closed || this.hangs) return;
    const cancel = this.clock.after(FINAL_MS, () => {
      this.timers.delete(cancel);
      this.events.give({ type: 'final', text, confidence: text === '' ? null : 0.9 });
    });
    this.timers.add(cancel);
  }

  close(): Promise<void> {
    this.closed = true;
    this.stop();
    this.events.drop();
    this.events.finish();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<TranscriptEvent> {
    return this.events;
  }

  private remember(samples: Int16Array): void {
    this.before.copyWithin(0, samples.length);
    this.before.set(samples, this.before.length - samples.length);
    this.beforeSamples = Math.min(this.before.length, this.beforeSamples + samples.length);
  }

  private breakDown(kind: 'dies' | 'hangs' | 'ends'): void {
    this.stop();
    this.hangs = true;
    if (kind === 'dies') this.events.finish(new PortError('died', { code: 'speech-to-text/unavailable', kind: 'unavailable' }));
    if (kind === 'ends') this.events.finish();
  }

  private stop(): void {
    for (const cancel of this.timers) cancel();
    this.timers.clear();
  }
}
