import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { DetectRequest, DetectResponse, VoiceActivityConfig } from '../../../../src/adapters/grpc/generated/voicegateway/speech/v1/voice_activity.js';
import { EnergyVad } from '../../../../src/domain/audio/energy-vad.js';
import { FRAME_MS, samplesInMs } from '../../../../src/domain/audio/frame.js';
import { Framer } from '../../../../src/domain/audio/framer.js';
import { VoiceActivity } from '../../../../src/domain/audio/vad.js';
import type { ProviderFault } from './faults.js';

export type Detection = ServerDuplexStream<DetectRequest, DetectResponse | Buffer>;
export type DetectionAnswer = NonNullable<DetectResponse['response']>;

/** As the server of examples/onprem-speech-server. */
const HEARD_INTERVAL_MS = 100;

interface DetectionParts {
  readonly call: Detection;
  /** Words last as long as those of coded speech. */
  readonly fault: () => ProviderFault;
  readonly wordMs: number;
  readonly garbage: Buffer;
  /** What it says to the first audio, instead of judging it; null: it judges. */
  readonly script: readonly DetectionAnswer[] | null;
  readonly later: (act: () => void) => void;
  readonly breakSoon: () => void;
}

/** One stream of VoiceActivity.Detect, judged by loudness. */
export class CodedDetection {
  private readonly classifier = new EnergyVad();
  private activity: VoiceActivity | null = null;
  private frames = new Framer(samplesInMs(FRAME_MS, 8000));
  private frameAtMs = 0;
  private heardMs = 0;
  private broken = false;

  constructor(private readonly parts: DetectionParts) {}

  take(request: DetectRequest['request']): void {
    if (this.broken) return;
    if (request?.$case === 'config') this.configure(request.value);
    if (request?.$case === 'audio') this.hear(request.value.content);
  }

  private configure({ format, voiceMsMin, silenceMsMin }: VoiceActivityConfig): void {
    this.activity = new VoiceActivity({ onsetMs: voiceMsMin, offsetMs: silenceMsMin, sustainedMs: Infinity });
    this.frames = new Framer(samplesInMs(FRAME_MS, format?.sampleRateHz ?? 0));
  }

  private hear(bytes: Uint8Array): void {
    const { call, script, wordMs, breakSoon } = this.parts;
    const fault = this.parts.fault();
    if (script !== null) {
      for (const answer of script) this.tell(answer);
      this.broken = true;
      return;
    }
    this.frames.push(new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)), (frame) => { this.judge(frame); });
    this.tellHeard();
    if ((fault.kind !== 'break-in-word' && fault.kind !== 'close-in-word') || this.frameAtMs < fault.words * wordMs) return;
    this.broken = true;
    if (fault.kind === 'break-in-word') breakSoon();
    else call.end();
  }

  private tellHeard(): void {
    if (this.frameAtMs - this.heardMs < HEARD_INTERVAL_MS) return;
    this.heardMs = this.frameAtMs;
    this.tell({ $case: 'heard', value: { untilMs: this.heardMs } });
  }

  private judge(frame: Int16Array): void {
    const { activity } = this;
    if (activity === null) throw new Error('audio came before the config');
    const change = activity.push(this.classifier.isVoiced(frame), this.frameAtMs);
    this.frameAtMs += FRAME_MS;
    if (change === 'started') this.tell({ $case: 'started', value: { atMs: activity.onsetAtMs } });
    if (change === 'ended') this.tell({ $case: 'ended', value: { atMs: activity.lastVoicedAtMs } });
  }

  private tell(response: DetectionAnswer): void {
    const { call, later, garbage, wordMs } = this.parts;
    const fault = this.parts.fault();
    if (fault.kind === 'hang' || (fault.kind === 'half' && this.frameAtMs > fault.words * wordMs)) return;
    later(() => { call.write(fault.kind === 'garbage' ? garbage : { response }); });
  }
}
