import type { ClientReadableStream } from '@grpc/grpc-js';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import type { Resampler } from '../../../domain/audio/resampler.js';
import type { SynthesisClient, SynthesiseResponse } from '../../grpc/generated/voicegateway/speech/v1/synthesis.js';
import { GrpcConnections, type GrpcServerSettings } from '../../grpc/grpc-connections.js';
import { grpcFailure, grpcTimeout, grpcUnavailable } from '../../grpc/grpc-failure.js';
import { ChunkQueue } from '../wire/chunk-queue.js';
import { linear16 } from './onprem-audio.js';
import { SpeechPieces } from './speech-pieces.js';

/** A whole synthesis: the longest text of the port (2000 characters) is about 2 minutes of speech. */
const SYNTHESIS_MS_MAX = 120_000;

/** How long a call may stay open after its `done`. Ended by the server it counts as well there too, cancelled it would not. */
const END_PATIENCE_MS = 200;

export interface OnpremTextToSpeechOptions {
  readonly server: GrpcServerSettings;
  readonly voices: TextToSpeechCapabilities['voices'];
  /** The server sends word times. */
  readonly wordTimes: boolean;
  /** Between two pieces of audio, and before the first. */
  readonly answerTimeoutMs: number;
  readonly clock: Clock;
  readonly resampler: (fromHz: number, toHz: number) => Resampler;
}

/** Synthesis of proto/voicegateway/speech/v1 on a server of one's own: one server stream for a text. */
export class OnpremTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities;
  private readonly connections: GrpcConnections<SynthesisClient>;

  constructor(private readonly options: OnpremTextToSpeechOptions) {
    this.capabilities = { streaming: true, wordTimes: options.wordTimes, voices: options.voices };
    this.connections = new GrpcConnections({
      server: options.server, port: 'text-to-speech', service: 'voicegateway.speech.v1.Synthesis',
      load: async () => (await import('../../grpc/generated/voicegateway/speech/v1/synthesis.js')).SynthesisClient,
    });
  }

  async *synthesise({ text, voice, language, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (signal.aborted) return;
    const { client, metadata, release } = await this.connections.lease();
    const pieces = new SpeechPieces(sampleRateHz, this.options.resampler);
    const call = client.synthesise({ text, voice, language, format: linear16(sampleRateHz) }, metadata, { deadline: Date.now() + SYNTHESIS_MS_MAX });
    const reading = new SynthesisReading({ call, pieces, chunks: new ChunkQueue(signal), clock: this.options.clock, answerTimeoutMs: this.options.answerTimeoutMs });
    try {
      yield* reading.chunks.read();
    } finally {
      reading.end();
      pieces.close();
      release();
    }
  }
}

interface SynthesisParts {
  readonly call: ClientReadableStream<SynthesiseResponse>;
  readonly pieces: SpeechPieces;
  readonly chunks: ChunkQueue;
  readonly clock: Clock;
  readonly answerTimeoutMs: number;
}

/** Takes what the server sends, up to the end after its `done`. */
class SynthesisReading {
  private over = false;
  private done = false;
  private patience: Cancel = () => undefined;

  constructor(private readonly parts: SynthesisParts) {
    const { call } = parts;
    this.expectMore();
    call.on('data', (response: SynthesiseResponse) => { this.take(response); });
    call.on('error', (error: unknown) => { this.finish(grpcFailure('text-to-speech', error)); });
    // A status that is no OK comes as an error in the same turn or the next.
    call.on('end', () => { setImmediate(() => { this.finish(grpcUnavailable('text-to-speech', 'the server ended the speech before it was done')); }); });
  }

  get chunks(): ChunkQueue {
    return this.parts.chunks;
  }

  /** Idempotent. */
  end(): void {
    this.patience();
    this.over = true;
    this.parts.call.cancel();
  }

  private take({ response }: SynthesiseResponse): void {
    if (this.over || this.done) return;
    const { pieces, chunks } = this.parts;
    this.expectMore();
    try {
      if (response?.$case === 'piece') chunks.push(pieces.take(response.value));
      if (response?.$case === 'done') this.complete();
    } catch (error) {
      this.finish(grpcFailure('text-to-speech', error));
    }
  }

  private complete(): void {
    const { pieces, clock } = this.parts;
    if (pieces.samples === 0) throw new PortError('the server is done and has said nothing', { code: 'text-to-speech/no-audio', kind: 'protocol' });
    this.done = true;
    this.patience();
    this.patience = clock.after(END_PATIENCE_MS, () => { this.finish(null); });
  }

  /** After `done` nothing is a failure any more. */
  private finish(error: PortError | null): void {
    if (this.over) return;
    this.end();
    if (this.done || error === null) this.chunks.end();
    else this.chunks.fail(error);
  }

  private expectMore(): void {
    this.patience();
    this.patience = this.parts.clock.after(this.parts.answerTimeoutMs, () => { this.finish(grpcTimeout('text-to-speech', 'no more audio came')); });
  }
}
