import { PortError } from '../../../application/ports/port-error.js';
import type { Utterance, UtteranceEar } from '../wire/utterance-stream.js';
import type { RecogniserAnswer, RecogniserCommand } from './engine-protocol.js';
import type { EngineProcess } from './engine-process.js';

export type RecogniserProcess = EngineProcess<RecogniserCommand, RecogniserAnswer>;

/** Sent at a time. */
const PIECE_MS = 60;
/** Sent and not yet listened to; the rest waits here, where the oldest can be dropped. */
const UNDERWAY_MS_MAX = 500;
/** Not listened to yet in all; past this the oldest that waits here is dropped. */
const BACKLOG_MS_MAX = 2000;

export interface SherpaUtteranceOptions {
  readonly engine: RecogniserProcess;
  readonly id: number;
  readonly sampleRateHz: 8000 | 16000;
  readonly ear: UtteranceEar;
  readonly onDropped: (ms: number) => void;
}

/** The gateway's end of one utterance: audio to the engine's process, no more than it keeps up with. */
export class SherpaUtterance implements Utterance {
  private readonly piece: Int16Array;
  private filled = 0;
  private readonly waiting: Int16Array[] = [];
  private waitingSamples = 0;
  private underwaySamples = 0;
  private ended = false;
  private over = false;

  constructor(private readonly options: SherpaUtteranceOptions) {
    const { engine, id, sampleRateHz } = options;
    this.piece = new Int16Array(this.samplesIn(PIECE_MS));
    engine.add(id, { take: (answer) => { this.take(answer); }, fail: (error) => { this.fail(error); } });
    engine.send({ type: 'begin', id, sampleRateHz });
  }

  write(samples: Int16Array): void {
    if (this.over || this.ended) return;
    for (let at = 0; at < samples.length;) {
      const part = samples.subarray(at, at + this.piece.length - this.filled);
      this.piece.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === this.piece.length) this.offer();
    }
  }

  end(): void {
    if (this.over || this.ended) return;
    this.offer();
    this.ended = true;
    this.hurry();
  }

  abort(): void {
    if (this.over) return;
    this.leave();
    this.options.engine.send({ type: 'abort', id: this.options.id });
  }

  private offer(): void {
    if (this.filled > 0) this.waiting.push(this.piece.slice(0, this.filled));
    this.waitingSamples += this.filled;
    this.filled = 0;
    this.hurry();
    let dropped = 0;
    while (this.waitingSamples + this.underwaySamples > this.samplesIn(BACKLOG_MS_MAX)) {
      const oldest = this.waiting.shift()?.length ?? 0;
      this.waitingSamples -= oldest;
      dropped += oldest;
    }
    if (dropped > 0) this.options.onDropped((dropped * 1000) / this.options.sampleRateHz);
  }

  /** Sends what may be sent. */
  private hurry(): void {
    const { engine, id } = this.options;
    for (let next = this.waiting[0]; next !== undefined && this.underwaySamples + next.length <= this.samplesIn(UNDERWAY_MS_MAX); next = this.waiting[0]) {
      this.waiting.shift();
      this.waitingSamples -= next.length;
      this.underwaySamples += next.length;
      engine.send({ type: 'audio', id, samples: next });
    }
    if (this.ended && this.waiting.length === 0) engine.send({ type: 'end', id });
  }

  private take(answer: RecogniserAnswer): void {
    switch (answer.type) {
      case 'taken':
        this.underwaySamples -= answer.samples;
        if (this.waiting.length > 0) this.hurry();
        return;
      case 'partial': this.options.ear.partial(answer.text); return;
      case 'final':
        this.leave();
        this.options.ear.segment(answer.text, null); // its scores are not probabilities that anybody has calibrated
        this.options.ear.done();
        return;
    }
  }

  private fail(error: PortError): void {
    this.leave();
    this.options.ear.failed(error);
  }

  private leave(): void {
    this.over = true;
    this.waiting.length = 0;
    this.options.engine.remove(this.options.id);
  }

  private samplesIn(ms: number): number {
    return (ms * this.options.sampleRateHz) / 1000;
  }
}

/** An utterance that begins while no process runs: its stream is over, and the next one may find another. */
export class LostUtterance implements Utterance {
  constructor(ear: UtteranceEar) {
    queueMicrotask(() => { // the stream must know this utterance first
      ear.failed(new PortError('no process of sherpa-onnx is running', { code: 'speech-to-text/unavailable', kind: 'unavailable' }));
    });
  }

  write(): void { /* nobody listens */ }
  end(): void { /* nobody answers */ }
  abort(): void { /* nothing is held */ }
}
