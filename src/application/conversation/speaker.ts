import type { SpeechSource } from '../../domain/conversation/conversation-events.js';
import type { StimulusBody } from '../../domain/conversation/stimulus.js';
import { type Deadline, deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { MediaEvent, MediaLeg } from '../ports/media-leg.js';
import { isPortError, PortError } from '../ports/port-error.js';
import type { TextToSpeech } from '../ports/text-to-speech.js';
import { SpeechLedger, type SpokenPiece } from './speech-ledger.js';

/** How often the playout buffer is topped up while audio waits; the buffer holds at least 1 s. */
const TOP_UP_MS = 100;
/** Rendering pauses while this much audio waits: a cut wastes little, memory stays bounded. */
const WAITING_MS_MAX = 15_000;

export interface SpeakerOptions {
  readonly textToSpeech: TextToSpeech;
  readonly voice: string;
  readonly language: string;
  /** No (further) audio of a piece by then: the piece is given up. */
  readonly synthesisDeadlineMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly post: (stimulus: StimulusBody, atMs?: number) => void;
}

/** One stretch of agent speech: pieces in order, rendered one after the other, played without gaps. */
interface Speech {
  readonly id: number;
  readonly ledger: SpeechLedger;
  readonly toRender: SpokenPiece[];
  readonly stopped: AbortController;
  /** `leg.played` when it began. */
  readonly basePlayed: number;
  complete: boolean;
  rendering: boolean;
  /** Samples rendered so far. */
  samples: number;
  waiting: Int16Array[];
}

/** The mouth of a call: pieces of text → synthesis → playout, knowing at any moment what the caller has heard. */
export class Speaker {
  private speech: Speech | null = null;
  private leg: MediaLeg | null = null;
  private stopEvents: Cancel | null = null;
  private stopTopUp: Cancel | null = null;
  private work: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: SpeakerOptions) {}

  attach(leg: MediaLeg): void {
    this.leg = leg;
    this.stopEvents = leg.onEvent((event) => { this.onMedia(event); });
  }

  /** Appends a piece to the speech `speechId`; a new id begins a new speech. */
  speak(speechId: number, text: string, source: SpeechSource): void {
    if (this.leg === null || this.closed) return;
    if (this.speech?.id !== speechId) this.begin(speechId, this.leg);
    const { speech } = this;
    if (speech === null) return;
    speech.toRender.push(speech.ledger.add(text, source, this.options.clock.nowMs()));
    this.renderNext(speech);
  }

  complete(speechId: number): void {
    if (this.speech?.id !== speechId) return;
    this.speech.complete = true;
    this.finishIfPlayed();
  }

  /** Silence within one frame; reports what had been heard. */
  stop(speechId: number): void {
    const cut = this.speech?.id === speechId ? this.cut() : { said: '', heard: '' };
    this.options.post({ type: 'playback-stopped', speechId, ...cut });
  }

  /** Silence within one frame, whatever is being said; answers what was said and heard of it instead of reporting it. */
  cut(): { readonly said: string; readonly heard: string } {
    const { speech, leg } = this;
    if (speech === null || leg === null) return { said: '', heard: '' };
    const heard = speech.ledger.heard(leg.clear() - speech.basePlayed);
    this.drop();
    return { said: speech.ledger.said(), heard };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.leg?.clear();
    this.drop();
    this.stopEvents?.();
    await this.work;
  }

  private begin(id: number, leg: MediaLeg): void {
    this.drop();
    this.speech = {
      id, ledger: new SpeechLedger(leg.sampleRateHz), toRender: [], stopped: new AbortController(), basePlayed: leg.played,
      complete: false, rendering: false, samples: 0, waiting: [],
    };
  }

  private drop(): void {
    this.stopTopUp?.();
    this.stopTopUp = null;
    this.speech?.stopped.abort();
    this.speech = null;
  }

  private onMedia(event: MediaEvent): void {
    if (this.speech === null) return;
    // An event of a speech that was cut may still be on its way from the media thread: its position tells.
    if (event.type === 'playout-started' && event.position >= this.speech.basePlayed) this.options.post({ type: 'playback-started', speechId: this.speech.id }, event.atMs);
    if (event.type === 'playout-drained') this.finishIfPlayed();
  }

  private finishIfPlayed(): void {
    const { speech, leg } = this;
    if (speech === null || leg === null || !speech.complete) return;
    if (speech.rendering || speech.toRender.length > 0 || speech.waiting.length > 0 || leg.playoutPending > 0) return;
    const heard = speech.ledger.heard(leg.played - speech.basePlayed);
    this.drop();
    this.options.post({ type: 'playback-finished', speechId: speech.id, said: speech.ledger.said(), heard });
  }

  private renderNext(speech: Speech): void {
    if (speech.rendering || speech.stopped.signal.aborted || this.waitingMs(speech) > WAITING_MS_MAX) return;
    const piece = speech.toRender.shift();
    if (piece === undefined) { this.finishIfPlayed(); return; }
    speech.rendering = true;
    this.work = this.render(speech, piece).then(() => {
      speech.rendering = false;
      if (this.speech === speech) this.renderNext(speech);
    });
  }

  private waitingMs(speech: Speech): number {
    const samples = speech.waiting.reduce((sum, chunk) => sum + chunk.length, 0);
    return (samples * 1000) / (this.leg?.sampleRateHz ?? 8000);
  }

  /** Never throws: a piece that cannot be rendered is reported and skipped. */
  private async render(speech: Speech, piece: SpokenPiece): Promise<void> {
    const limit = deadline(this.options.clock, this.options.synthesisDeadlineMs, speech.stopped.signal);
    try {
      await this.synthesise(speech, piece, limit);
    } catch (error) {
      if (speech.stopped.signal.aborted) return; // cut by the caller: nobody waits for it
      const code = limit.expired ? 'text-to-speech/timeout' : isPortError(error) ? error.code : 'text-to-speech/failed';
      this.options.log.warn('synthesis failed', { code, source: piece.source }, error);
      this.options.post({ type: 'synthesis-failed', speechId: speech.id, source: piece.source, code });
    } finally {
      limit.clear();
    }
  }

  private async synthesise(speech: Speech, piece: SpokenPiece, limit: Deadline): Promise<void> {
    const { textToSpeech, voice, language, clock, post } = this.options;
    const sampleRateHz = this.leg?.sampleRateHz ?? 8000;
    const beganAtMs = clock.nowMs();
    let firstAudioMs = -1;
    const chunks = textToSpeech.synthesise({ text: piece.text, voice, language, sampleRateHz }, limit.signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await orAborted(chunks.next(), limit.signal);
        if (next.done === true) break;
        limit.extend();
        if (firstAudioMs < 0) {
          firstAudioMs = clock.nowMs() - beganAtMs;
          piece.startSample = speech.samples;
          post({ type: 'audio-ready', speechId: speech.id, text: piece.text, source: piece.source, requestedAtMs: piece.requestedAtMs });
        }
        this.accept(speech, piece, next.value);
      }
    } finally {
      void chunks.return?.().catch(() => undefined); // frees the adapter's side; a failure there changes nothing for us
    }
    limit.signal.throwIfAborted(); // a voice that is cut ends as if it were done
    if (piece.samples === 0) throw new PortError('no audio for speakable text', { code: 'text-to-speech/no-audio', kind: 'protocol' });
    piece.rendered = true;
    post({ type: 'audio-complete', speechId: speech.id, text: piece.text, source: piece.source, firstAudioMs, audioMs: (piece.samples * 1000) / sampleRateHz });
  }

  private accept(speech: Speech, piece: SpokenPiece, chunk: { samples: Int16Array; words?: readonly { text: string; startMs: number; endMs: number }[] }): void {
    if (this.speech !== speech) return;
    piece.samples += chunk.samples.length;
    speech.samples += chunk.samples.length;
    if (chunk.words !== undefined) piece.words.push(...chunk.words);
    speech.waiting.push(chunk.samples);
    this.topUp();
  }

  /** Hands waiting audio to the playout buffer; comes back while any is left or the end has not been reported. */
  private topUp(): void {
    const { speech, leg } = this;
    this.stopTopUp?.();
    this.stopTopUp = null;
    if (speech === null || leg === null) return;
    for (let chunk = speech.waiting[0]; chunk !== undefined; chunk = speech.waiting[0]) {
      const accepted = leg.play(chunk);
      if (accepted < chunk.length) { speech.waiting[0] = chunk.subarray(accepted); break; }
      speech.waiting.shift();
    }
    this.renderNext(speech);
    if (this.speech === speech) this.stopTopUp = this.options.clock.after(TOP_UP_MS, () => { this.topUp(); });
  }
}
