import type { Cancel } from '../ports/clock.js';
import type { LegSampleRateHz, VoiceDetection } from '../ports/media-leg.js';
import { codeOf } from '../ports/port-error.js';
import type { VoiceActivityDetector, VoiceActivityStream, VoiceChange } from '../ports/voice-activity-detector.js';
import type { Attempt } from './provider-health.js';
import type { FallbackPorts, Rung } from './rung.js';
import type { VoiceActivitySwitch } from './voice-activity-switch.js';

/** A detector of voice that is not the leg's own, and how it is. */
export type DetectorRung = Omit<Rung<VoiceActivityDetector>, 'permits'>;

/** Judged audio, past what the onset of a voice takes, before its word counts: by then it knows whether somebody was speaking as its stream began. */
const WARM_UP_MS = 300;
/** Between two streams: doubled with each that was lost. */
const PAUSE_MS = { min: 1000, max: 60_000 };

export interface VoiceActivityFeedParts extends FallbackPorts {
  readonly rung: DetectorRung;
  readonly voice: VoiceActivitySwitch;
  readonly sampleRateHz: LegSampleRateHz;
  readonly voiceDetection: VoiceDetection;
}

/** A caller's audio on its way to a detector, and back what it hears. Without a stream the leg leads; one that was lost is opened anew after a pause. */
export class VoiceActivityFeed {
  private stream: VoiceActivityStream | null = null;
  private attempt: Attempt | null = null;
  private leads = false;
  private losses = 0;
  /** When the stream's first sample was heard, by the Clock. */
  private originMs = 0;
  private writtenMs = 0;
  private readonly ended = new AbortController();
  private cancelPause: Cancel = () => undefined;

  constructor(private readonly parts: VoiceActivityFeedParts) {}

  /** Once. */
  open(): void {
    const { rung: { port, health }, sampleRateHz, voiceDetection: { onsetMs, offsetMs } } = this.parts;
    this.attempt = health.attempt();
    if (this.attempt === null) { this.pause(); return; }
    void port.open({ sampleRateHz, voiceMsMin: onsetMs, silenceMsMin: offsetMs }, {
      changed: (change) => { this.take(change); }, failed: (error) => { this.lose(error); },
    }, this.ended.signal).then((stream) => { this.begin(stream); }, (error: unknown) => { this.lose(error); });
  }

  /** `samples` were heard from `atMs` on. */
  write(samples: Int16Array, atMs: number): void {
    if (this.stream === null) return;
    this.originMs = atMs - this.writtenMs; // anew each time: audio that nobody read in time is missing in the stream
    this.writtenMs += (samples.length * 1000) / this.parts.sampleRateHz;
    this.stream.write(samples);
    this.follow();
  }

  /** Idempotent. */
  close(): void {
    this.ended.abort(); // and with it the stream, or its opening
    this.cancelPause();
    this.attempt?.abandoned();
    this.stream = null;
    if (this.leads) this.parts.voice.legLeads(this.parts.clock.nowMs());
    this.leads = false;
  }

  private over(): boolean {
    return this.ended.signal.aborted;
  }

  private begin(stream: VoiceActivityStream): void {
    if (this.over()) return;
    this.stream = stream;
    this.writtenMs = 0;
  }

  private take({ type, atMs }: VoiceChange): void {
    if (!this.over()) this.parts.voice.fromDetector(type, this.originMs + atMs, this.parts.clock.nowMs());
  }

  private follow(): void {
    const { stream, parts: { voice, clock, voiceDetection } } = this;
    if (stream === null) return; // lost as it was written to
    const nowMs = clock.nowMs();
    voice.detectorJudged(this.originMs + stream.judgedMs, nowMs);
    if (this.leads || stream.judgedMs < voiceDetection.onsetMs + WARM_UP_MS) return;
    this.leads = true;
    this.attempt?.succeeded();
    this.attempt = null;
    voice.detectorLeads(nowMs);
  }

  private lose(error: unknown): void {
    if (this.over()) return;
    const { rung: { name, health }, voice, clock, log, metrics } = this.parts;
    (this.attempt ?? health.insist()).failed(error);
    const code = codeOf(error, 'voice-activity/failed');
    log.warn('a voice detector failed: the leg\'s own goes on', { provider: name, code }, error);
    metrics.count('provider_errors_total', { port: 'voice-activity', code });
    if (this.leads || this.losses === 0) metrics.count('provider_fallbacks_total', { port: 'voice-activity', provider: 'local' });
    this.stream = null;
    this.leads = false;
    voice.legLeads(clock.nowMs());
    this.pause();
  }

  private pause(): void {
    const pauseMs = Math.min(PAUSE_MS.max, PAUSE_MS.min * 2 ** this.losses);
    this.losses += 1;
    this.cancelPause = this.parts.clock.after(pauseMs, () => { this.open(); });
  }
}
