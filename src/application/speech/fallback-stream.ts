import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Cancel } from '../ports/clock.js';
import { isPortError, PortError } from '../ports/port-error.js';
import type { SpeechToText, TranscriptEvent, TranscriptionOptions, TranscriptionStream } from '../ports/speech-to-text.js';
import type { Permit } from './concurrency-limit.js';
import type { Attempt } from './provider-health.js';
import { RecogniserFeed } from './recogniser-feed.js';
import { type FallbackPorts, type Rung, tellBusy } from './rung.js';
import { RungChoice } from './rung-choice.js';
import { SpokenSoFar } from './spoken-so-far.js';
import { TranscriptRelay } from './transcript-relay.js';

/** A recogniser that is not there by then is passed over: the caller may be speaking already. */
const OPEN_DEADLINE_MS = 1500;
/** Voice for so long and not a word of it: the recogniser hangs. */
const FIRST_WORD_MS = 1500;
/** The same after the end of an utterance: this many times its usual wait, at least the minimum. */
const FINAL_PATIENCE = 1.5;
const FINAL_MIN_MS = 1000;
/** Replay: at most four times as fast as it was spoken, in these pieces. */
const REPLAY_SPEED = 4;
const PIECE_MS = 20;
const KEPT_MS_MAX = 30_000;
const KEPT_IDLE_MS = 3000;

/** The recogniser in use. */
interface Current {
  readonly rung: Rung<SpeechToText>;
  readonly stream: TranscriptionStream;
  readonly feed: RecogniserFeed;
  /** Of the utterance whose final comes next; of the opening before the first. Null between utterances. */
  attempt: Attempt | null;
  /** Frees what `open` was given, and the place that was taken. */
  readonly life: AbortController;
}

/** One stream over several recognisers. Utterances are counted: each has one final, whoever gives it. */
export class FallbackStream implements TranscriptionStream {
  private readonly spoken: SpokenSoFar;
  private readonly relay = new TranscriptRelay();
  private readonly over = new AbortController();
  private current: Current | null = null;
  /** Left because it said nothing: to blame only if the next one hears words in the same audio. */
  private suspect: Attempt | null = null;
  private readonly choice: RungChoice<SpeechToText>;
  private stopReplay: Cancel = () => undefined;
  private stopWatch: Cancel = () => undefined;
  private switching: Promise<void> | null = null;
  private closing: Promise<void> | null = null;
  private readonly onAbort = (): void => { void this.close(); };

  constructor(
    private readonly rungs: readonly Rung<SpeechToText>[], private readonly options: TranscriptionOptions, private readonly ports: FallbackPorts, private readonly signal: AbortSignal,
  ) {
    this.spoken = new SpokenSoFar({ idleSamples: this.samplesOf(KEPT_IDLE_MS), samplesMax: this.samplesOf(KEPT_MS_MAX) });
    this.choice = new RungChoice(rungs);
    signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Opens the first recogniser that can be had. */
  async start(): Promise<void> {
    await this.next(null);
  }

  write(samples: Int16Array): void {
    if (this.over.signal.aborted) return;
    const feed = this.levelFeed();
    this.spoken.write(samples);
    feed?.write(samples);
  }

  beginUtterance(preRollMs: number): void {
    if (this.over.signal.aborted) return;
    if (this.spoken.utterances.at(-1)?.endSample === null) return; // it is in that utterance already
    const feed = this.levelFeed();
    this.spoken.begin(this.samplesOf(preRollMs));
    if (feed === null) return;
    feed.begin(preRollMs);
    this.tryNow();
    this.watchFirstWord();
  }

  endUtterance(): void {
    if (this.over.signal.aborted) return;
    const feed = this.levelFeed();
    this.spoken.end();
    if (feed?.isInUtterance !== true) return;
    feed.end();
    this.watchFinal();
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  [Symbol.asyncIterator](): AsyncIterator<TranscriptEvent> {
    return this.relay.read();
  }

  private async shut(): Promise<void> {
    this.signal.removeEventListener('abort', this.onAbort);
    this.over.abort();
    this.relay.end();
    this.stopReplay();
    this.stopWatch();
    this.suspect?.abandoned();
    const { current } = this;
    this.current = null;
    current?.attempt?.abandoned();
    try {
      await current?.stream.close();
    } finally {
      current?.life.abort();
    }
    await this.switching;
  }

  private samplesOf(ms: number): number {
    return Math.round((ms * this.options.sampleRateHz) / 1000);
  }

  /** Of the recogniser in use, when what comes now may go straight through; it is caught up otherwise. */
  private levelFeed(): RecogniserFeed | null {
    return this.current?.feed.isLevel === true ? this.current.feed : null;
  }

  /** The next recogniser that can be had. @throws PortError when there is none. */
  private async next(cause: unknown): Promise<void> {
    let last = cause;
    const busy = new Set<Rung<SpeechToText>>();
    for (let rung = this.choice.next(busy); rung !== null; rung = this.choice.next(busy)) {
      const permit = rung.permits.take();
      if (typeof permit === 'string') {
        busy.add(rung);
        last = tellBusy(rung, 'speech-to-text', permit, this.ports);
        continue;
      }
      const attempt = rung.health.insist();
      this.choice.used(rung);
      try {
        this.take(rung, attempt, await this.open(rung, permit));
        return;
      } catch (error) {
        if (this.over.signal.aborted) { attempt.abandoned(); return; }
        attempt.failed(error);
        this.tellFailure(rung, error);
        last = error;
      }
    }
    if (this.rungs.length === 1 && isPortError(last)) throw last; // it says more than that there is no other
    throw new PortError('no recogniser can be had', { code: 'speech-to-text/no-provider', kind: 'unavailable', cause: last });
  }

  /** The signal given to `open` governs the stream for life, so the deadline only ends the wait for it. */
  private async open(rung: Rung<SpeechToText>, permit: Permit): Promise<{ readonly stream: TranscriptionStream; readonly life: AbortController }> {
    const life = new AbortController();
    life.signal.addEventListener('abort', () => { permit.release(); }, { once: true });
    // Nobody else to go to: whoever asked has a deadline of his own.
    const limit = deadline(this.ports.clock, this.rungs.length === 1 ? Infinity : OPEN_DEADLINE_MS, this.over.signal);
    try {
      const opening = rung.port.open(this.options, life.signal);
      const stream = await orAborted(opening, limit.signal);
      return { stream, life };
    } catch (error) {
      life.abort(error);
      throw limit.expired ? new PortError(`${rung.name} did not open in time`, { code: 'speech-to-text/timeout', kind: 'timeout' }) : error;
    } finally {
      limit.clear();
    }
  }

  private take(rung: Rung<SpeechToText>, attempt: Attempt, { stream, life }: { readonly stream: TranscriptionStream; readonly life: AbortController }): void {
    if (this.over.signal.aborted) { // closed in the very moment it opened
      attempt.abandoned();
      life.abort();
      void stream.close();
      return;
    }
    this.choice.hasOpened();
    const current: Current = { rung, stream, feed: new RecogniserFeed(stream, this.spoken), attempt, life };
    this.current = current;
    void this.listen(current);
    this.catchUp(current);
  }

  /** Gives what was spoken, in the order it happened, until it is level with the caller. */
  private catchUp(current: Current): void {
    this.stopReplay();
    if (this.current !== current) return;
    current.feed.catchUp(this.samplesOf(PIECE_MS * REPLAY_SPEED));
    this.tryNow();
    if (!current.feed.isLevel) {
      this.stopReplay = this.ports.clock.after(PIECE_MS, () => { this.catchUp(current); });
    } else if (current.feed.finalsDue > 0) this.watchFinal();
    else if (current.feed.isInUtterance) this.watchFirstWord();
  }

  private async listen(current: Current): Promise<void> {
    try {
      for await (const event of current.stream) {
        if (this.current !== current) return;
        this.heard(current, event);
      }
      throw new PortError(`${current.rung.name} ended the stream`, { code: 'speech-to-text/ended', kind: 'unavailable' });
    } catch (error) {
      if (this.current === current) this.fallBack(current, error, true);
    }
  }

  private heard(current: Current, event: TranscriptEvent): void {
    this.stopWatch();
    if (event.text !== '') this.convict();
    if (event.type === 'final') this.settle(current);
    this.relay.push(event);
  }

  /** Each utterance is an attempt of its own: who answers the first one of every call and dies in the second is not well. */
  private settle(current: Current): void {
    current.attempt?.succeeded();
    current.attempt = null;
    this.spoken.settle();
    current.feed.settled();
    this.tryNow();
    if (current.feed.finalsDue > 0) this.watchFinal();
  }

  /** A recogniser that owes a final, or hears what will need one, is on an attempt. */
  private tryNow(): void {
    const { current } = this;
    if (current === null || (current.feed.finalsDue === 0 && !current.feed.isInUtterance)) return;
    current.attempt ??= current.rung.health.insist();
  }

  /** There were words: whoever heard none of them had failed. */
  private convict(): void {
    this.suspect?.failed(new PortError('it heard none of the words', { code: 'speech-to-text/silent', kind: 'timeout' }));
    this.suspect = null;
  }

  private watchFirstWord(): void {
    if (this.current?.rung.port.capabilities.partialResults === true) this.watch(FIRST_WORD_MS);
  }

  private watchFinal(): void {
    const { current } = this;
    if (current !== null) this.watch(Math.max(FINAL_MIN_MS, FINAL_PATIENCE * current.rung.port.capabilities.finalLatencyP99Ms));
  }

  private watch(ms: number): void {
    const { current } = this;
    this.stopWatch();
    if (current === null) return;
    this.stopWatch = this.ports.clock.after(ms, () => {
      // Nobody else to go to: waiting is all that is left, and whoever reads has a deadline of his own.
      if (this.current !== current || this.rungs.length === 1 || !this.choice.isLeft) return;
      this.fallBack(current, new PortError(`${current.rung.name} says nothing`, { code: 'speech-to-text/silent', kind: 'timeout' }), false);
    });
  }

  private fallBack(current: Current, error: unknown, proven: boolean): void {
    this.current = null;
    this.stopReplay();
    this.stopWatch();
    const attempt = current.attempt ?? current.rung.health.insist();
    if (proven) attempt.failed(error);
    else {
      this.suspect?.abandoned();
      this.suspect = attempt;
    }
    this.tellFailure(current.rung, error);
    current.life.abort(error);
    this.switching = this.change(current.stream, error);
  }

  private async change(left: TranscriptionStream, error: unknown): Promise<void> {
    void left.close().catch(() => undefined); // it has failed already; how it takes its leave is of no interest
    try {
      await this.next(error);
      if (this.current !== null) this.ports.metrics.count('provider_fallbacks_total', { port: 'speech-to-text', provider: this.current.rung.name });
    } catch (failure) {
      if (isPortError(failure)) this.relay.fail(failure);
      else throw failure;
    }
  }

  private tellFailure(rung: Rung<SpeechToText>, error: unknown): void {
    const code = isPortError(error) ? error.code : 'speech-to-text/failed';
    this.ports.log.warn('recogniser failed: the next one goes on', { provider: rung.name, code }, error);
    if (this.rungs.length > 1) this.ports.metrics.count('provider_errors_total', { port: 'speech-to-text', code }); // of one alone the conversation tells
  }
}
