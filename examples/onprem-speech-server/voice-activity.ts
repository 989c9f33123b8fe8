import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { DetectRequest, DetectResponse, VoiceActivityConfig } from '../../src/adapters/grpc/generated/voicegateway/speech/v1/voice_activity.js';
import type { PcmAssembler } from '../../src/adapters/speech/wire/pcm-assembler.js';
import { FRAME_MS, samplesInMs } from '../../src/domain/audio/frame.js';
import { Framer } from '../../src/domain/audio/framer.js';
import { type FrameClassifier, type FrameClassifierFactory, VoiceActivity } from '../../src/domain/audio/vad.js';
import { assemblerOf, rateOf } from './audio.js';
import { BadRequest, statusOf } from './status.js';

type Call = ServerDuplexStream<DetectRequest, DetectResponse>;

/** The contract wants it once in 200 ms; a caller of this server is behind by what it does not know of yet. */
const HEARD_INTERVAL_MS = 100;

/** Serves one stream of VoiceActivity.Detect. */
export async function detect(call: Call, classifiers: FrameClassifierFactory): Promise<void> {
  const abort = new AbortController();
  call.on('cancelled', () => { abort.abort(); });
  const detectors: Detector[] = [];
  try {
    // Not destroyed: what it ends with must still be sent.
    for await (const { request } of call.iterator({ destroyOnReturn: false }) as AsyncIterable<DetectRequest>) {
      if (request?.$case === 'config') detectors.unshift(new Detector(request.value, classifiers));
      if (request?.$case === 'audio') answer(call, detectors[0], request.value.content);
    }
    call.end();
  } catch (error) {
    if (!abort.signal.aborted) call.emit('error', statusOf(error));
  } finally {
    for (const detector of detectors) detector.close();
  }
}

function answer(call: Call, detector: Detector | undefined, audio: Uint8Array): void {
  if (detector === undefined) throw new BadRequest('the first message must be the config');
  for (const response of detector.take(audio)) call.write({ response });
}

class Detector {
  private readonly activity: VoiceActivity;
  private readonly classifier: FrameClassifier;
  private readonly audio: PcmAssembler;
  private readonly frames: Framer;
  private frameAtMs = 0;
  private heardMs = 0;

  constructor({ format, voiceMsMin, silenceMsMin }: VoiceActivityConfig, classifiers: FrameClassifierFactory) {
    const rateHz = rateOf(format);
    this.audio = assemblerOf(format);
    this.activity = new VoiceActivity({ onsetMs: voiceMsMin, offsetMs: silenceMsMin, sustainedMs: Infinity });
    this.classifier = classifiers(rateHz);
    this.frames = new Framer(samplesInMs(FRAME_MS, rateHz));
  }

  /** The changes in what came, and how far it was heard. */
  take(bytes: Uint8Array): readonly NonNullable<DetectResponse['response']>[] {
    const changes: NonNullable<DetectResponse['response']>[] = [];
    this.frames.push(this.audio.take(bytes), (frame) => {
      const change = this.activity.push(this.classifier.isVoiced(frame), this.frameAtMs);
      this.frameAtMs += FRAME_MS;
      if (change === 'started') changes.push({ $case: 'started', value: { atMs: this.activity.onsetAtMs } });
      if (change === 'ended') changes.push({ $case: 'ended', value: { atMs: this.activity.lastVoicedAtMs } });
    });
    if (this.frameAtMs - this.heardMs < HEARD_INTERVAL_MS) return changes;
    this.heardMs = this.frameAtMs;
    return [...changes, { $case: 'heard', value: { untilMs: this.heardMs } }];
  }

  close(): void {
    this.classifier.close();
  }
}
