import type { Cancel, Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import type { FinalResult, RecogniseResponse, RecognitionClient } from '../../grpc/generated/voicegateway/speech/v1/recognition.js';
import { GrpcConnections, type GrpcLease, type GrpcServerSettings } from '../../grpc/grpc-connections.js';
import { grpcTimeout } from '../../grpc/grpc-failure.js';
import { assertLanguage } from '../wire/languages.js';
import { pcm16le } from '../wire/pcm-assembler.js';
import { type Utterance, type UtteranceEar, UtteranceStream } from '../wire/utterance-stream.js';
import { linear16 } from './onprem-audio.js';
import { RecognitionCall } from './recognition-call.js';

export interface OnpremSpeechToTextOptions {
  readonly server: GrpcServerSettings;
  /** Primary languages (BCP 47) that the server understands. */
  readonly languages: readonly string[];
  /** The server keeps to a grammar. */
  readonly grammars: boolean;
  /** How long a final takes, 99th percentile, as measured on that server. */
  readonly finalLatencyP99Ms: number;
  /** A final that takes longer never comes; nor does `ready`. */
  readonly answerTimeoutMs: number;
  readonly clock: Clock;
}

/**
 * Recognition of proto/voicegateway/speech/v1 on a server of one's own. One gRPC stream for a call, opened with its first utterance
 * and not one for each: the server prepares its model and the grammar once and may learn the voice, and an utterance begins
 * without setting anything up. Lost between utterances it is opened anew for the next.
 */
export class OnpremSpeechToText implements SpeechToText {
  readonly capabilities: SpeechToTextCapabilities;
  private readonly connections: GrpcConnections<RecognitionClient>;

  constructor(private readonly options: OnpremSpeechToTextOptions) {
    this.capabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: options.finalLatencyP99Ms, sampleRatesHz: [8000, 16_000], grammars: options.grammars };
    this.connections = new GrpcConnections({
      server: options.server, port: 'speech-to-text', service: 'voicegateway.speech.v1.Recognition',
      load: async () => (await import('../../grpc/generated/voicegateway/speech/v1/recognition.js')).RecognitionClient,
    });
  }

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, this.options.languages, 'onprem');
    const lease = await this.connections.lease();
    if (signal.aborted) lease.release();
    signal.throwIfAborted();
    const line = new RecognitionLine(this.options, transcription, lease);
    return new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, begin: (ear) => line.begin(ear), close: () => { line.close(); return Promise.resolve(); }, signal,
    });
  }
}

/** The gRPC stream of one call, and the utterances whose final has not come. */
class RecognitionLine {
  private call: RecognitionCall | null = null;
  private readonly ears = new Map<number, UtteranceEar>();
  /** Of those, the ones whose end was told. */
  private readonly ended = new Set<number>();
  private lastId = 0;
  private ready = false;
  private patience: Cancel = () => undefined;

  constructor(
    private readonly options: OnpremSpeechToTextOptions, private readonly transcription: TranscriptionOptions, private readonly lease: GrpcLease<RecognitionClient>,
  ) {}

  begin(ear: UtteranceEar): Utterance {
    const call = this.connect();
    this.lastId += 1;
    const utteranceId = this.lastId;
    const format = linear16(this.transcription.sampleRateHz);
    this.ears.set(utteranceId, ear);
    call.send({ $case: 'utteranceBegin', value: { utteranceId } });
    return {
      write: (samples) => { call.send({ $case: 'audio', value: { format, content: Buffer.from(pcm16le(samples).buffer) } }); },
      end: () => {
        call.send({ $case: 'utteranceEnd', value: { utteranceId } });
        this.ended.add(utteranceId);
        if (this.ready) this.expectFinal(call);
      },
      abort: () => { this.forget(utteranceId); },
    };
  }

  close(): void {
    this.patience();
    this.call?.end();
    this.call = null;
    this.lease.release();
  }

  private connect(): RecognitionCall {
    if (this.call !== null) return this.call;
    const { language, sampleRateHz, grammar, phrases } = this.transcription;
    const { client, metadata } = this.lease;
    const call: RecognitionCall = new RecognitionCall(client.recognise(metadata), {
      response: (response) => { this.read(call, response); },
      lost: (error) => { this.lost(error); },
    });
    this.call = call;
    this.ready = false;
    call.send({ $case: 'config', value: { language, format: linear16(sampleRateHz), grammar: grammar ?? '', phrases: [...phrases ?? []] } });
    this.expect(call, 'ready');
    return call;
  }

  /** Waits for a final as long as one is owed. */
  private expectFinal(call: RecognitionCall): void {
    if (this.ended.size > 0) this.expect(call, 'the final');
    else this.patience();
  }

  private forget(utteranceId: number): void {
    this.ears.delete(utteranceId);
    this.ended.delete(utteranceId);
  }

  /** The stream is lost when nothing comes in time. */
  private expect(call: RecognitionCall, what: string): void {
    this.patience();
    this.patience = this.options.clock.after(this.options.answerTimeoutMs, () => { call.fail(grpcTimeout('speech-to-text', `${what} did not come`)); });
  }

  private read(call: RecognitionCall, response: NonNullable<RecogniseResponse['response']>): void {
    if (response.$case === 'ready') {
      this.ready = true;
      this.expectFinal(call);
    } else if (!this.ready) {
      call.fail(new PortError('the server answered before it was ready', { code: 'speech-to-text/protocol', kind: 'protocol' }));
    } else if (response.$case === 'partial') this.ears.get(response.value.utteranceId)?.partial(response.value.text);
    else this.finish(call, response.value);
  }

  private finish(call: RecognitionCall, { utteranceId, text, confidence }: FinalResult): void {
    const ear = this.ears.get(utteranceId);
    if (ear === undefined) return; // aborted meanwhile
    this.forget(utteranceId);
    this.expectFinal(call);
    ear.segment(text, confidence ?? null);
    ear.done();
  }

  private lost(error: PortError): void {
    this.call = null;
    this.patience();
    const ears = [...this.ears.values()];
    this.ears.clear();
    this.ended.clear();
    for (const ear of ears) ear.failed(error);
  }
}
