import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { PortError } from '../../../application/ports/port-error.js';
import type { RecogniseRequest, RecogniseResponse } from '../../grpc/generated/voicegateway/speech/v1/recognition.js';
import { grpcFailure, grpcUnavailable } from '../../grpc/grpc-failure.js';

/** Unsent bytes past which the other side counts as gone: more than a minute of telephone audio. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** What a message without audio counts. */
const MESSAGE_BYTES = 16;

export interface RecognitionListener {
  readonly response: (response: NonNullable<RecogniseResponse['response']>) => void;
  /** Once, unless it was ended from here. Nothing is told after. */
  readonly lost: (error: PortError) => void;
}

/** One bidirectional stream of Recognition.Recognise. It may be written to before the server has answered; what waits is bounded. */
export class RecognitionCall {
  private over = false;
  private unsentBytes = 0;

  constructor(private readonly call: ClientDuplexStream<RecogniseRequest, RecogniseResponse>, private readonly listener: RecognitionListener) {
    call.on('data', ({ response }: RecogniseResponse) => {
      if (!this.over && response !== undefined) listener.response(response); // undefined: of a newer contract
    });
    call.on('error', (error: unknown) => { this.fail(grpcFailure('speech-to-text', error)); });
    call.on('end', () => {
      // A status that is no OK comes as an error in the same turn or the next.
      setImmediate(() => { this.fail(grpcUnavailable('speech-to-text', 'the server ended the stream before the call')); });
    });
  }

  send(request: NonNullable<RecogniseRequest['request']>): void {
    if (this.over) return;
    const bytes = request.$case === 'audio' ? request.value.content.length : MESSAGE_BYTES;
    this.unsentBytes += bytes;
    this.call.write({ request }, () => { this.unsentBytes -= bytes; });
    if (this.unsentBytes > UNSENT_BYTES_MAX) this.fail(grpcUnavailable('speech-to-text', 'the server takes no more audio'));
  }

  fail(error: PortError): void {
    if (this.over) return;
    this.over = true;
    this.call.cancel();
    this.listener.lost(error);
  }

  /** Without a word to the listener. Idempotent. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.call.cancel();
  }
}
