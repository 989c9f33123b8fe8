import { PortError } from '../../../application/ports/port-error.js';
import type { TranscriptEvent, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { AudioRing } from './audio-ring.js';
import type { RecogniserAnswer, RecogniserCommand, RecogniserFailure } from './recogniser-protocol.js';

/** Audio between two messages to the thread while the caller speaks. */
const TELL_EVERY_MS = 60;
/** Finals nobody takes; more means that the reader is gone. */
const EVENTS_MAX = 100;

export interface LocalStreamOptions {
  readonly id: number;
  readonly sampleRateHz: 8000 | 16000;
  readonly send: (command: RecogniserCommand) => void;
  /** Called once, when nothing of the stream is used any more. */
  readonly onClosed: () => void;
  readonly onDropped: (ms: number) => void;
}

/** The main thread's side of a stream: audio into the ring, events out of a queue. Nothing is sent while nobody speaks. */
export class LocalTranscriptionStream implements TranscriptionStream {
  readonly ring: AudioRing;
  private readonly events: TranscriptEvent[] = [];
  private readonly tellEverySamples: number;
  private untold = 0;
  private speaking = false;
  private closed = false;
  private failure: PortError | null = null;
  private wake: () => void = () => undefined;

  constructor(private readonly options: LocalStreamOptions) {
    this.ring = AudioRing.create(options.sampleRateHz);
    this.tellEverySamples = (options.sampleRateHz * TELL_EVERY_MS) / 1000;
  }

  write(samples: Int16Array): void {
    if (this.closed) return;
    this.ring.write(samples);
    if (!this.speaking) return;
    this.untold += samples.length;
    if (this.untold < this.tellEverySamples) return;
    this.untold = 0;
    this.options.send({ type: 'audio', stream: this.options.id });
  }

  beginUtterance(preRollMs: number): void {
    if (this.closed) return;
    this.speaking = true;
    this.untold = 0;
    const { written, capacity } = this.ring;
    const preRoll = Math.min(Math.round((preRollMs * this.options.sampleRateHz) / 1000), written, capacity / 2);
    this.options.send({ type: 'begin', stream: this.options.id, from: (written - preRoll) >>> 0 });
  }

  endUtterance(): void {
    if (this.closed || !this.speaking) return;
    this.speaking = false;
    this.options.send({ type: 'end', stream: this.options.id, at: this.ring.written });
  }

  close(): Promise<void> {
    if (!this.closed) {
      this.options.send({ type: 'close', stream: this.options.id });
      this.events.length = 0;
      this.finish();
    }
    return Promise.resolve();
  }

  take(answer: RecogniserAnswer): void {
    if (this.closed) return;
    switch (answer.type) {
      case 'opened': return;
      case 'partial': this.push({ type: 'partial', text: answer.text }); return;
      case 'final': this.push({ type: 'final', text: answer.text, confidence: answer.confidence }); return;
      case 'dropped': this.options.onDropped((answer.samples * 1000) / this.options.sampleRateHz); return;
      case 'failed': this.fail(answer.failure); return;
    }
  }

  fail({ code, kind, message }: RecogniserFailure): void {
    if (this.closed) return;
    this.failure = new PortError(message, { code, kind });
    this.finish();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TranscriptEvent, void, undefined> {
    for (;;) {
      const event = this.events.shift();
      if (event !== undefined) { yield event; continue; }
      if (this.failure !== null) throw this.failure;
      if (this.closed) return;
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  private push(event: TranscriptEvent): void {
    if (this.events.at(-1)?.type === 'partial') this.events.pop(); // each partial replaces the one before, a final all of them
    this.events.push(event);
    if (this.events.length > EVENTS_MAX) this.fail({ code: 'speech-to-text/not-read', kind: 'unavailable', message: `${EVENTS_MAX} transcripts were not read` });
    this.wake();
  }

  private finish(): void {
    this.closed = true;
    this.options.onClosed();
    this.wake();
  }
}
