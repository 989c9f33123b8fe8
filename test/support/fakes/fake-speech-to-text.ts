import { PortError } from '../../../src/application/ports/port-error.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptEvent, TranscriptionOptions, TranscriptionStream } from '../../../src/application/ports/speech-to-text.js';
import { HandFed } from './hand-fed.js';

/** Samples at this level times n are the n-th sentence that a FakeSpeechToText knows. */
const LEVEL = 1000;
/** Shorter stretches are no speech. */
const SPEECH_SAMPLES_MIN = 800;
const KEPT_SAMPLES_MAX = 160_000;

/** What a FakeSpeechToText hears as the n-th of its sentences, from 0: a level that stays, silence around it. */
export function fakeSpeech(n: number, samples = 4000): Int16Array {
  const speech = new Int16Array(samples);
  return speech.fill(LEVEL * (n + 1), samples / 4, (samples * 3) / 4);
}

/** Where the words of a FakeSpeechToText come from; without either, the test gives them out (`stream.partial`, `stream.final`). */
export interface FakeHearing {
  /** Sentences that it knows from audio made by `fakeSpeech`. */
  readonly knows?: readonly string[];
  /** What it answers to one utterance after the other, whatever was said; `~…` only on the way, with an empty final. */
  readonly answers?: readonly string[];
}

/** A recogniser without a model. It opens, fails or hangs as told. */
export class FakeSpeechToText implements SpeechToText {
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 300, sampleRatesHz: [8000, 16000], grammars: true };
  readonly streams: FakeTranscriptionStream[] = [];
  /** The next openings: an error fails one, `hang` never answers. Empty: they succeed. */
  readonly nextOpenings: (Error | 'hang')[] = [];
  openings = 0;
  /** Not in its dictionary: a grammar with it is refused. */
  unknownWord: string | null = null;
  private readonly answers: string[];

  constructor(private readonly hearing: FakeHearing = {}) {
    this.answers = [...hearing.answers ?? []];
  }

  open(options: TranscriptionOptions, signal: AbortSignal): Promise<FakeTranscriptionStream> {
    this.openings += 1;
    const fate = this.nextOpenings.shift();
    if (fate === 'hang') return new Promise(() => undefined);
    if (fate !== undefined) return Promise.reject(fate);
    if (signal.aborted) return Promise.reject(new Error('aborted'));
    if (!options.language.startsWith('en')) {
      return Promise.reject(new PortError(`no ${options.language}`, { code: 'speech-to-text/unsupported-language', kind: 'rejected' }));
    }
    if (this.unknownWord !== null && options.grammar?.includes(this.unknownWord) === true) {
      return Promise.reject(new PortError(`the dictionary does not have: ${this.unknownWord}. Spell it otherwise`, { code: 'speech-to-text/bad-grammar', kind: 'rejected' }));
    }
    const stream = new FakeTranscriptionStream(options, signal, { knows: this.hearing.knows ?? [], answers: this.answers });
    this.streams.push(stream);
    return Promise.resolve(stream);
  }

  get stream(): FakeTranscriptionStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no recogniser was opened');
    return stream;
  }
}

export class FakeTranscriptionStream implements TranscriptionStream {
  readonly events = new HandFed<TranscriptEvent>();
  /** What was asked of it, in order: `begin <preRollMs>`, `end`, `close`. */
  readonly acts: string[] = [];
  samples = 0;
  private readonly kept: number[] = [];
  /** Where the utterance begins in `kept`; null between utterances. */
  private begin: number | null = null;
  private guess = '';
  private over = false;

  constructor(readonly options: TranscriptionOptions, readonly signal: AbortSignal, private readonly hearing: { readonly knows: readonly string[]; readonly answers: string[] }) {
    signal.addEventListener('abort', () => { void this.close(); }, { once: true });
  }

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
    this.over = true;
    this.events.finish(error);
  }

  write(samples: Int16Array): void {
    this.samples += samples.length;
    if (this.over || this.hearing.knows.length === 0 || this.kept.length > KEPT_SAMPLES_MAX) return;
    this.kept.push(...samples);
    const guess = this.begin === null ? '' : this.heard(this.begin);
    if (guess !== '' && guess !== this.guess) this.partial(guess);
    this.guess = guess;
  }

  beginUtterance(preRollMs: number): void {
    this.acts.push(`begin ${preRollMs}`);
    this.begin = Math.max(0, this.kept.length - (preRollMs * this.options.sampleRateHz) / 1000);
  }

  endUtterance(): void {
    this.acts.push('end');
    if (this.over || this.begin === null) return;
    const answer = this.hearing.answers.shift();
    if (answer !== undefined) this.answer(answer);
    else if (this.hearing.knows.length > 0) this.answer(this.heard(this.begin));
    this.begin = null;
  }

  close(): Promise<void> {
    if (!this.closed) this.acts.push('close');
    this.over = true;
    this.events.drop();
    this.events.finish();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<TranscriptEvent> {
    return this.events;
  }

  private answer(text: string): void {
    if (text.startsWith('~')) this.partial(text.slice(1));
    const final = text.startsWith('~') ? '' : text;
    this.final(final, final === '' ? null : 0.9);
  }

  private heard(begin: number): string {
    const { knows } = this.hearing;
    const counts = knows.map((_, n) => this.kept.slice(begin).filter((sample) => sample === LEVEL * (n + 1)).length);
    return knows.filter((_, n) => (counts[n] ?? 0) >= SPEECH_SAMPLES_MIN).join(' ');
  }
}
