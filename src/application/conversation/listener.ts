import type { StimulusBody } from '../../domain/conversation/stimulus.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { CallerSide } from '../ports/media-leg.js';
import { isPortError, PortError } from '../ports/port-error.js';
import type { SpeechToText, TranscriptionOptions, TranscriptionStream } from '../ports/speech-to-text.js';

/** Attempts to get a recogniser back before the conversation is told that it is deaf. */
const REOPENINGS_MAX = 3;
const REOPEN_DELAY_MS = 100;
/** No recogniser by then counts as failed. A chain has four times 1.5 s: more providers are never tried at one opening. */
const OPEN_DEADLINE_MS = 6000;
/** A recogniser that says nothing for this many times its usual wait after an utterance hangs: another is opened. */
const SILENCE_FACTOR = 4;
const SILENCE_MS_MIN = 2000;

export interface ListenerOptions {
  readonly speechToText: SpeechToText;
  readonly transcription: Omit<TranscriptionOptions, 'sampleRateHz'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly post: (stimulus: StimulusBody, atMs?: number) => void;
}

/** The ear of a call: caller audio → recogniser → stimuli. Reopens a recogniser that dies; says so when none can be had. */
export class Listener {
  private stream: TranscriptionStream | null = null;
  private utteranceOpen = false;
  /** A final came since the utterance began: one with endpointing owes no other. */
  private answered = false;
  private answerDue: Cancel = () => undefined;
  private hangs = false;
  private failures = 0;
  private readonly ended = new AbortController();
  private readonly stops: Cancel[] = [];
  private running: Promise<void> = Promise.resolve();
  private wake: (() => void) | null = null;

  constructor(private readonly options: ListenerOptions) {}

  /** Begins to recognise what comes from `caller`, at its rate. Once. */
  attach(caller: CallerSide): void {
    this.stops.push(caller.onAudio((samples) => { this.stream?.write(samples); }));
    this.running = this.run({ ...this.options.transcription, sampleRateHz: caller.sampleRateHz });
  }

  beginUtterance(preRollMs: number): void {
    this.utteranceOpen = true;
    this.answered = false;
    this.stream?.beginUtterance(preRollMs);
  }

  endUtterance(): void {
    this.utteranceOpen = false;
    this.stream?.endUtterance();
    if (!this.answered || !this.options.speechToText.capabilities.endpointing) this.awaitAnswer();
  }

  async close(): Promise<void> {
    this.ended.abort();
    for (const stop of this.stops) stop();
    this.answerDue();
    this.wake?.();
    await this.stream?.close();
    await this.running;
  }

  /* The guard is a method because another task may abort between two statements here. */
  private over(): boolean {
    return this.ended.signal.aborted;
  }

  private async run(transcription: TranscriptionOptions): Promise<void> {
    while (!this.over()) {
      try {
        await this.recognise(transcription);
        if (!this.over()) throw this.ending();
      } catch (error) {
        if (this.over() || !(await this.recover(error))) return;
      }
    }
  }

  private async recognise(transcription: TranscriptionOptions): Promise<void> {
    const { post } = this.options;
    const stream = await this.open(transcription);
    this.stream = stream;
    this.hangs = false;
    if (this.utteranceOpen) stream.beginUtterance(0);
    try {
      for await (const event of stream) {
        if (this.over()) return;
        this.failures = 0;
        this.answerDue();
        if (event.type === 'partial') post({ type: 'transcript-partial', text: event.text });
        else {
          this.answered = true;
          post({ type: 'transcript-final', text: event.text, confidence: event.confidence });
        }
      }
    } finally {
      this.stream = null;
      this.answerDue();
      await stream.close();
    }
  }

  private awaitAnswer(): void {
    this.answerDue();
    const { stream } = this;
    if (stream === null) return;
    const { clock, speechToText } = this.options;
    this.answerDue = clock.after(Math.max(SILENCE_MS_MIN, SILENCE_FACTOR * speechToText.capabilities.finalLatencyP99Ms), () => {
      this.hangs = true;
      void stream.close(); // its sequence ends, and `run` opens another
    });
  }

  private ending(): Error {
    return this.hangs
      ? new PortError('the recogniser does not answer', { code: 'speech-to-text/silent', kind: 'timeout' })
      : new Error('the recogniser ended the stream');
  }

  /** The signal given to `open` governs the stream for life, so the deadline only ends the wait for it. */
  private async open(transcription: TranscriptionOptions): Promise<TranscriptionStream> {
    const life = new AbortController();
    const limit = deadline(this.options.clock, OPEN_DEADLINE_MS, this.ended.signal);
    try {
      return await orAborted(this.options.speechToText.open(transcription, life.signal), limit.signal);
    } catch (error) {
      life.abort(error);
      throw limit.expired ? new PortError('no recogniser in time', { code: 'speech-to-text/timeout', kind: 'timeout' }) : error;
    } finally {
      limit.clear();
    }
  }

  /** False when the conversation has to go on deaf. */
  private async recover(error: unknown): Promise<boolean> {
    const code = isPortError(error) ? error.code : 'speech-to-text/failed';
    this.failures += 1;
    this.options.log.warn('recogniser failed', { code, failures: this.failures }, error);
    if (this.failures > REOPENINGS_MAX) {
      this.options.post({ type: 'recogniser-lost', code });
      return false;
    }
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.stops.push(this.options.clock.after(REOPEN_DELAY_MS * 2 ** (this.failures - 1), resolve));
    });
    return true;
  }
}
