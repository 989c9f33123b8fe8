import { PortError } from '../../../application/ports/port-error.js';
import type { TranscriptEvent, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { TranscriptQueue } from '../wire/transcript-queue.js';
import { AudioRing } from './audio-ring.js';
import type { RecogniserAnswer, RecogniserCommand, RecogniserFailure } from './recogniser-protocol.js';

/** Audio between two messages to the thread while the caller speaks. */
const TELL_EVERY_MS = 60;

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
  private readonly events = new TranscriptQueue();
  private readonly tellEverySamples: number;
  private untold = 0;
  private speaking = false;
  private closed = false;

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
      this.events.end();
      this.finish();
    }
    return Promise.resolve();
  }

  take(answer: RecogniserAnswer): void {
    if (this.closed) return;
    switch (answer.type) {
      case 'opened': return;
      case 'partial': this.events.push({ type: 'partial', text: answer.text }); return;
      case 'final': this.events.push({ type: 'final', text: answer.text, confidence: answer.confidence }); return;
      case 'dropped': this.options.onDropped((answer.samples * 1000) / this.options.sampleRateHz); return;
      case 'failed': this.fail(answer.failure); return;
    }
  }

  fail({ code, kind, message }: RecogniserFailure): void {
    if (this.closed) return;
    this.events.fail(new PortError(message, { code, kind }));
    this.finish();
  }

  [Symbol.asyncIterator](): AsyncIterator<TranscriptEvent> {
    return this.events.read();
  }

  private finish(): void {
    this.closed = true;
    this.options.onClosed();
  }
}
