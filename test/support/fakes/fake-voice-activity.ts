import { PortError } from '../../../src/application/ports/port-error.js';
import { UNJUDGED_MS_MAX, type VoiceActivityDetector, type VoiceActivityListener, type VoiceActivityOptions, type VoiceActivityStream } from '../../../src/application/ports/voice-activity-detector.js';
import { EnergyVad } from '../../../src/domain/audio/energy-vad.js';
import { FRAME_MS, samplesPerFrame } from '../../../src/domain/audio/frame.js';
import { Framer } from '../../../src/domain/audio/framer.js';
import { VoiceActivity } from '../../../src/domain/audio/vad.js';

/** How a FakeVoiceActivity judges: by loudness at once, what the test says (`stream.tell`), or not at all. */
export type FakeJudgement = 'by-loudness' | 'by-hand' | 'never';

/** A detector in this process. It opens, fails or hangs as told. */
export class FakeVoiceActivity implements VoiceActivityDetector {
  readonly streams: FakeVoiceActivityStream[] = [];
  /** The next openings: an error fails one, `hang` never answers. Empty: they succeed. */
  readonly nextOpenings: (Error | 'hang')[] = [];

  constructor(public judgement: FakeJudgement = 'by-loudness') {}

  /** The last that was opened. */
  get stream(): FakeVoiceActivityStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no detector was opened');
    return stream;
  }

  open(options: VoiceActivityOptions, listener: VoiceActivityListener, signal: AbortSignal): Promise<FakeVoiceActivityStream> {
    const fate = this.nextOpenings.shift();
    if (fate === 'hang') return new Promise(() => undefined);
    if (fate !== undefined) return Promise.reject(fate);
    if (signal.aborted) return Promise.reject(new Error('aborted'));
    const stream = new FakeVoiceActivityStream(options, listener, () => this.judgement);
    signal.addEventListener('abort', () => { stream.close(); }, { once: true });
    this.streams.push(stream);
    return Promise.resolve(stream);
  }
}

export class FakeVoiceActivityStream implements VoiceActivityStream {
  judgedMs = 0;
  writtenMs = 0;
  closed = false;
  private readonly classifier = new EnergyVad();
  private readonly activity: VoiceActivity;
  private readonly frames: Framer;
  private frameAtMs = 0;

  constructor(readonly options: VoiceActivityOptions, private readonly listener: VoiceActivityListener, private readonly judgement: () => FakeJudgement) {
    const { sampleRateHz, voiceMsMin, silenceMsMin } = options;
    this.activity = new VoiceActivity({ onsetMs: voiceMsMin, offsetMs: silenceMsMin, sustainedMs: Infinity });
    this.frames = new Framer(samplesPerFrame(sampleRateHz));
  }

  write(samples: Int16Array): void {
    if (this.closed) return;
    this.writtenMs += (samples.length * 1000) / this.options.sampleRateHz;
    if (this.judgement() === 'by-loudness') this.frames.push(samples, (frame) => { this.hear(frame); });
    if (this.judgement() === 'by-hand') this.judgedMs = this.writtenMs;
    if (this.writtenMs - this.judgedMs > UNJUDGED_MS_MAX) this.dies(new PortError('too slow', { code: 'voice-activity/timeout', kind: 'timeout' }));
  }

  /** By hand: voice `started` or `ended` so long ago. */
  tell(type: 'started' | 'ended', agoMs = 0): void {
    if (!this.closed) this.listener.changed({ type, atMs: this.judgedMs - agoMs });
  }

  dies(error: Error = new PortError('gone', { code: 'voice-activity/unavailable', kind: 'unavailable' })): void {
    if (this.closed) return;
    this.closed = true;
    this.listener.failed(error);
  }

  close(): void {
    this.closed = true;
  }

  private hear(frame: Int16Array): void {
    const change = this.activity.push(this.classifier.isVoiced(frame), this.frameAtMs);
    this.frameAtMs += FRAME_MS;
    this.judgedMs = this.frameAtMs;
    if (change === 'started') this.listener.changed({ type: 'started', atMs: this.activity.onsetAtMs });
    if (change === 'ended') this.listener.changed({ type: 'ended', atMs: this.activity.lastVoicedAtMs });
  }
}
