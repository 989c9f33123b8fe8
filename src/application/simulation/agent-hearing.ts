import type { Hearing } from '../../domain/simulation/call-outcome.js';
import type { Span } from '../../domain/simulation/audio-timeline.js';
import { grammarWords } from '../../domain/simulation/expectation-grammar.js';
import type { Clock } from '../ports/clock.js';
import { isPortError } from '../ports/port-error.js';
import type { SpeechToText, TranscriptionStream } from '../ports/speech-to-text.js';
import { deadline } from '../lifecycle/deadline.js';
import { pause } from './pause.js';

export interface AgentHearingOptions {
  readonly clock: Clock;
  /** Null: there is no recogniser. */
  readonly recogniser: SpeechToText | null;
  readonly language: string;
  readonly sampleRateHz: 8000 | 16000;
}

/** A stretch of the agent's audio to recognise, and what might be said in it. */
export interface HearingTask extends Span {
  readonly samples: Int16Array;
  /** JSGF; asked for when the turn comes, since until then more may be known. Without the words the recogniser does not know. */
  readonly grammar: (unknown: ReadonlySet<string>) => string;
}

const PIECE_MS = 200;
/** Faster than real time, so that it is done soon; slow enough that a recogniser's 2 s of patience suffice. */
const PIECE_INTERVAL_MS = 80;
const FINAL_DEADLINE_MS = 10_000;
const MS_PER_S = 1000;
/** A fresh recogniser has not yet got used to the line; the second time it has. */
const ATTEMPTS_MAX = 2;

/** Recognises what was really heard of the agent, one stretch after the other, beside the call. */
export class AgentHearing {
  private readonly hearings: Promise<Hearing>[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: AgentHearingOptions) {}

  add(task: HearingTask, signal: AbortSignal): void {
    const hearing = this.last.then(() => this.hear(task, signal));
    this.last = hearing;
    this.hearings.push(hearing);
  }

  /** Everything added so far, when it is recognised. Never rejects: a failure is told in its place. */
  results(): Promise<readonly Hearing[]> {
    return Promise.all(this.hearings);
  }

  private async hear(task: HearingTask, signal: AbortSignal): Promise<Hearing> {
    const nothing = { startMs: task.startMs, endMs: task.endMs, text: '', failure: null, unknownWords: new Set<string>() };
    if (task.samples.length === 0) return nothing;
    if (this.options.recogniser === null) return { ...nothing, failure: 'there is no recogniser with this kind of caller’s voice' };
    try {
      return { ...nothing, ...await this.recognise(task, this.options.recogniser, signal) };
    } catch (error) {
      // A recogniser that fails fails this check, not the call.
      return { ...nothing, failure: isPortError(error) ? `${error.code}: ${error.message}` : String(error) };
    }
  }

  private async recognise(task: HearingTask, recogniser: SpeechToText, signal: AbortSignal): Promise<Pick<Hearing, 'text' | 'unknownWords'>> {
    const { clock, language, sampleRateHz } = this.options;
    const limit = deadline(clock, FINAL_DEADLINE_MS + (task.samples.length * MS_PER_S) / sampleRateHz, signal);
    try {
      const open = (grammar: string): Promise<TranscriptionStream> => recogniser.open({ language, sampleRateHz, grammar }, limit.signal);
      const { stream, unknownWords } = await openWithKnownWords(task, open);
      try {
        return { text: await this.understand(stream, task, limit.signal), unknownWords };
      } finally {
        await stream.close();
      }
    } finally {
      limit.clear();
    }
  }

  private async understand(stream: TranscriptionStream, task: HearingTask, signal: AbortSignal): Promise<string> {
    const events = stream[Symbol.asyncIterator]();
    const guesses: string[] = [];
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const { text, guess } = await this.utter(stream, events, task, signal);
      if (text !== '') return text;
      guesses.push(guess);
    }
    // A sentence that breaks off has no way to the end of the grammar: then the most that was heard on the way counts.
    return guesses.reduce((most, guess) => (guess.length > most.length ? guess : most), '');
  }

  private async utter(stream: TranscriptionStream, events: ReturnType<TranscriptionStream[typeof Symbol.asyncIterator]>, task: HearingTask, signal: AbortSignal): Promise<Utterance> {
    const { clock, sampleRateHz } = this.options;
    const piece = (sampleRateHz * PIECE_MS) / MS_PER_S;
    stream.beginUtterance(0);
    for (let at = 0; at < task.samples.length; at += piece) {
      stream.write(task.samples.subarray(at, at + piece));
      await pause(clock, PIECE_INTERVAL_MS, signal);
    }
    stream.endUtterance();
    let guess = '';
    for (;;) {
      const next = await events.next();
      signal.throwIfAborted();
      if (next.done === true) return { text: '', guess };
      if (next.value.type === 'final') return { text: next.value.text, guess };
      guess = next.value.text;
    }
  }
}

interface Utterance {
  /** Final; empty when the recogniser found no way through the grammar. */
  readonly text: string;
  /** Last partial result. */
  readonly guess: string;
}

interface Opened {
  readonly stream: TranscriptionStream;
  readonly unknownWords: ReadonlySet<string>;
}

/** Names and rare words are in no dictionary: the recogniser refuses the grammar and says which; the rest of the sentence is enough. */
async function openWithKnownWords(task: HearingTask, open: (grammar: string) => Promise<TranscriptionStream>): Promise<Opened> {
  const grammar = task.grammar(new Set());
  try {
    return { stream: await open(grammar), unknownWords: new Set() };
  } catch (error) {
    if (!isPortError(error) || error.code !== 'speech-to-text/bad-grammar') throw error;
    const words = grammarWords(grammar);
    const unknownWords = new Set((/:(?<named>[^.]*)/u.exec(error.message)?.groups?.['named'] ?? '').split(/[ ,]+/u).filter((word) => words.has(word)));
    if (unknownWords.size === 0) throw error;
    return { stream: await open(task.grammar(unknownWords)), unknownWords };
  }
}
