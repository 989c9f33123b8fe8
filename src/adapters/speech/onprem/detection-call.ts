import type { ClientDuplexStream } from '@grpc/grpc-js';
import { PortError } from '../../../application/ports/port-error.js';
import { UNJUDGED_MS_MAX, type VoiceActivityListener, type VoiceActivityOptions, type VoiceActivityStream } from '../../../application/ports/voice-activity-detector.js';
import type { AudioFormat } from '../../grpc/generated/voicegateway/speech/v1/audio.js';
import type { DetectRequest, DetectResponse, VoiceActivityClient } from '../../grpc/generated/voicegateway/speech/v1/voice_activity.js';
import type { GrpcLease } from '../../grpc/grpc-connections.js';
import { grpcFailure, grpcTimeout, grpcUnavailable } from '../../grpc/grpc-failure.js';
import { pcm16le } from '../wire/pcm-assembler.js';
import { linear16 } from './onprem-audio.js';

const PORT = 'voice-activity';

type Response = NonNullable<DetectResponse['response']>;

/** One bidirectional stream of VoiceActivity.Detect. What the server has not judged is bounded, so what waits here is too. */
export class DetectionCall implements VoiceActivityStream {
  private judged = 0;
  private over = false;
  private speaking = false;
  private lastChangeMs = 0;
  private samplesWritten = 0;
  private readonly samplesPerMs: number;
  private readonly format: AudioFormat;
  private readonly call: ClientDuplexStream<DetectRequest, DetectResponse>;
  private readonly abort = (): void => { this.close(); };

  constructor(
    private readonly lease: GrpcLease<VoiceActivityClient>, { sampleRateHz, voiceMsMin, silenceMsMin }: VoiceActivityOptions,
    private readonly listener: VoiceActivityListener, private readonly signal: AbortSignal,
  ) {
    this.samplesPerMs = sampleRateHz / 1000;
    this.format = linear16(sampleRateHz);
    this.call = lease.client.detect(lease.metadata);
    this.call.on('data', ({ response }: DetectResponse) => {
      if (!this.over && response !== undefined) this.read(response); // undefined: of a newer contract
    });
    this.call.on('error', (error: unknown) => { this.fail(grpcFailure(PORT, error)); });
    this.call.on('end', () => {
      // A status that is no OK comes as an error in the same turn or the next.
      setImmediate(() => { this.fail(grpcUnavailable(PORT, 'the server ended the stream before the call')); });
    });
    signal.addEventListener('abort', this.abort, { once: true });
    this.call.write({ request: { $case: 'config', value: { format: this.format, voiceMsMin, silenceMsMin } } });
  }

  get judgedMs(): number {
    return this.judged;
  }

  write(samples: Int16Array): void {
    if (this.over) return;
    this.samplesWritten += samples.length;
    if (this.writtenMs - this.judged > UNJUDGED_MS_MAX) this.fail(grpcTimeout(PORT, `the server has not judged ${UNJUDGED_MS_MAX} ms of audio in time`));
    else this.call.write({ request: { $case: 'audio', value: { format: this.format, content: Buffer.from(pcm16le(samples).buffer) } } });
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.signal.removeEventListener('abort', this.abort);
    this.call.cancel();
    this.lease.release();
  }

  private get writtenMs(): number {
    return this.samplesWritten / this.samplesPerMs;
  }

  private read(response: Response): void {
    if (response.$case === 'heard') this.note(response.value.untilMs);
    else this.change(response.$case, response.value.atMs);
  }

  private note(untilMs: number): void {
    if (untilMs < this.judged || untilMs > Math.ceil(this.writtenMs)) this.refuse(`it has heard ${untilMs} ms after ${this.judged}, of ${this.writtenMs}`);
    else this.judged = untilMs;
  }

  private change(type: 'started' | 'ended', atMs: number): void {
    const inTurn = this.speaking === (type === 'ended') && atMs >= this.lastChangeMs && atMs <= Math.ceil(this.writtenMs);
    if (!inTurn) { this.refuse(`voice ${type} at ${atMs} ms after a change at ${this.lastChangeMs}, of ${this.writtenMs}`); return; }
    this.speaking = type === 'started';
    this.lastChangeMs = atMs;
    this.listener.changed({ type, atMs });
  }

  private refuse(what: string): void {
    this.fail(new PortError(`the server contradicts itself: ${what}`, { code: `${PORT}/protocol`, kind: 'protocol' }));
  }

  private fail(error: PortError): void {
    if (this.over) return;
    this.close();
    this.listener.failed(error);
  }
}
