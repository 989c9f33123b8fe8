import { type PortError } from '../../../application/ports/port-error.js';
import type { TranscriptEvent, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { RecentAudio } from './recent-audio.js';
import { TranscriptQueue } from './transcript-queue.js';

/** Longest stretch before the onset of a voice that can still be sent. */
const PRE_ROLL_MS_MAX = 3000;

/** What a provider tells of one utterance. Calls after `done` or `failed`, or after `abort`, do nothing. */
export interface UtteranceEar {
  /** Best guess of what follows the segments so far. */
  partial(text: string): void;
  /** A part of the utterance that will not change; there may be several. */
  segment(text: string, confidence: number | null): void;
  /** The utterance is complete. */
  done(): void;
  /** The provider is gone, and with it the stream. */
  failed(error: PortError): void;
}

/** One utterance at a provider, from the onset of a voice to its final. */
export interface Utterance {
  /** Never blocks; what cannot be sent yet waits, bounded. */
  write(samples: Int16Array): void;
  /** The caller has stopped: the provider finishes and calls `done`. */
  end(): void;
  /** Nobody waits for it any more. Frees everything. Idempotent. */
  abort(): void;
}

export interface UtteranceStreamOptions {
  readonly sampleRateHz: number;
  readonly begin: (ear: UtteranceEar) => Utterance;
  /** Called once, after every utterance was aborted. */
  readonly close: () => Promise<void>;
  readonly signal: AbortSignal;
}

interface Pending {
  utterance: Utterance | null;
  readonly segments: string[];
  readonly confidences: number[];
  partial: string;
  ended: boolean;
  done: boolean;
}

/**
 * A stream for providers that are sent voice only: each utterance begins with the audio before its onset and has exactly one final, whatever
 * pieces the provider cuts it into. Silence costs nothing, and no limit of a provider on the length of a stream is ever near.
 */
export class UtteranceStream implements TranscriptionStream {
  private readonly queue = new TranscriptQueue();
  private readonly recent: RecentAudio;
  /** Utterances whose final has not been told, oldest first. */
  private readonly pending: Pending[] = [];
  private closing: Promise<void> | null = null;
  private readonly onAbort = (): void => { void this.close(); };

  constructor(private readonly options: UtteranceStreamOptions) {
    this.recent = new RecentAudio((PRE_ROLL_MS_MAX * options.sampleRateHz) / 1000);
    options.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  write(samples: Int16Array): void {
    if (!this.queue.open) return;
    this.recent.write(samples);
    this.speaking()?.utterance?.write(samples);
  }

  beginUtterance(preRollMs: number): void {
    if (!this.queue.open || this.speaking() !== null) return;
    const one: Pending = { utterance: null, segments: [], confidences: [], partial: '', ended: false, done: false };
    this.pending.push(one);
    one.utterance = this.options.begin(this.earOf(one));
    const before = this.recent.last((Math.min(preRollMs, PRE_ROLL_MS_MAX) * this.options.sampleRateHz) / 1000);
    if (before.length > 0) one.utterance.write(before);
  }

  endUtterance(): void {
    const one = this.speaking();
    if (one === null) return;
    one.ended = true;
    one.utterance?.end();
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  [Symbol.asyncIterator](): AsyncIterator<TranscriptEvent> {
    return this.queue.read();
  }

  private async shut(): Promise<void> {
    this.queue.end();
    this.dropAll();
    await this.options.close();
  }

  private dropAll(): void {
    this.options.signal.removeEventListener('abort', this.onAbort);
    for (const { utterance } of this.pending.splice(0)) utterance?.abort();
  }

  private speaking(): Pending | null {
    const last = this.pending.at(-1);
    return last === undefined || last.ended ? null : last;
  }

  private earOf(one: Pending): UtteranceEar {
    const live = (): boolean => this.queue.open && !one.done && this.pending.includes(one);
    return {
      partial: (text) => {
        if (!live() || text === '') return;
        one.partial = text;
        this.tellPartial(one);
      },
      segment: (text, confidence) => {
        if (!live()) return;
        one.partial = '';
        if (text.trim() === '') return;
        one.segments.push(text.trim());
        if (confidence !== null) one.confidences.push(confidence);
        if (!one.ended) this.tellPartial(one);
      },
      done: () => {
        if (!live()) return;
        one.done = true;
        one.ended = true;
        this.tellFinals();
      },
      failed: (error) => {
        if (!live()) return;
        this.queue.fail(error);
        this.dropAll();
      },
    };
  }

  /** Only of the utterance whose final comes next: partials of two at one time would be mixed up. */
  private tellPartial(one: Pending): void {
    if (this.pending[0] !== one) return;
    this.queue.push({ type: 'partial', text: [...one.segments, one.partial].filter((text) => text !== '').join(' ') });
  }

  /** In the order of their beginnings. */
  private tellFinals(): void {
    for (let oldest = this.pending[0]; oldest?.done === true; oldest = this.pending[0]) {
      this.pending.shift();
      const { segments, confidences } = oldest;
      const confidence = confidences.length === 0 ? null : confidences.reduce((sum, each) => sum + each, 0) / confidences.length;
      this.queue.push({ type: 'final', text: segments.join(' '), confidence });
    }
  }
}
