import type { v1 } from '@google-cloud/speech';
import { PortError } from '../../../application/ports/port-error.js';
import type { TranscriptionOptions } from '../../../application/ports/speech-to-text.js';
import { pcm16le } from '../wire/pcm-assembler.js';
import { googleFailure } from './google-errors.js';
import { readResponse } from './recognition-response.js';

/** Most audio in one message (cloud.google.com/speech-to-text/quotas: 25 KB). */
const MESSAGE_BYTES_MAX = 25_000;
/** Unsent bytes past which the other side counts as gone: half a minute of audio at 16 kHz. */
const UNSENT_BYTES_MAX = 1024 * 1024;

export interface LegListener {
  readonly partial: (text: string) => void;
  readonly segment: (text: string, confidence: number | null) => void;
  /** All was said after `end`. */
  readonly done: () => void;
  readonly failed: (error: PortError) => void;
}

/** One gRPC stream of streamingRecognize. After `done`, `failed` or `abort` nothing more is told and nothing is held. */
export class RecognitionLeg {
  private readonly stream: ReturnType<v1.SpeechClient['_streamingRecognize']>;
  private over = false;
  private ended = false;
  private unsentBytes = 0;

  constructor(client: v1.SpeechClient, request: TranscriptionOptions & { readonly model: string }, private readonly listener: LegListener) {
    this.stream = client._streamingRecognize();
    this.stream.on('data', (response: unknown) => { this.read(response); });
    this.stream.on('drain', () => { this.unsentBytes = 0; });
    this.stream.on('end', () => { this.finish(); });
    this.stream.on('error', (error) => { this.fail(googleFailure('speech-to-text', error)); }); // stays: a cancelled stream tells of it here
    const { language, sampleRateHz, phrases, model } = request;
    this.stream.write({
      streamingConfig: {
        config: {
          encoding: 'LINEAR16', sampleRateHertz: sampleRateHz, languageCode: language, model, maxAlternatives: 1,
          ...phrases === undefined || phrases.length === 0 ? {} : { speechContexts: [{ phrases: [...phrases] }] },
        },
        interimResults: true,
      },
    });
  }

  write(samples: Int16Array): void {
    if (this.over || this.ended) return;
    const bytes = pcm16le(samples);
    for (let at = 0; at < bytes.length; at += MESSAGE_BYTES_MAX) {
      const audioContent = bytes.subarray(at, at + MESSAGE_BYTES_MAX);
      if (!this.stream.write({ audioContent })) this.unsentBytes += audioContent.length;
    }
    if (this.unsentBytes > UNSENT_BYTES_MAX) this.fail(this.gone('the provider takes no more audio'));
  }

  /** Half-closes: the finals that are left come, then `done`. */
  end(): void {
    if (this.over || this.ended) return;
    this.ended = true;
    this.stream.end();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.stream.cancel();
  }

  private read(response: unknown): void {
    if (this.over) return;
    const { error, segments, partial } = readResponse(response);
    if (error !== null) { this.fail(googleFailure('speech-to-text', error)); return; }
    for (const { text, confidence } of segments) this.listener.segment(text, confidence);
    if (partial !== '') this.listener.partial(partial);
  }

  private finish(): void {
    if (this.over) return;
    if (!this.ended) { this.fail(this.gone('google ended the stream before the utterance')); return; }
    this.over = true;
    this.listener.done();
  }

  private fail(error: PortError): void {
    if (this.over) return;
    this.over = true;
    this.stream.cancel();
    this.listener.failed(error);
  }

  private gone(message: string): PortError {
    return new PortError(message, { code: 'speech-to-text/unavailable', kind: 'unavailable' });
  }
}
