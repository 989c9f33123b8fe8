/**
 * A media leg without a network. On a virtual Clock its 20 ms ticks come with the clock; without one the test
 * makes them (`pass`). Nothing here is a thread or a real timer.
 *
 * It keeps the port's contract (test/contract/media-leg.contract.ts runs over it) with the domain's own playout, gain and voice
 * detection. What the network would do is done by the test: `hear` makes the caller speak, `disconnect` cuts the line.
 */
import type { Cancel, Clock } from '../../../src/application/ports/clock.js';
import type { LegSampleRateHz, MediaEvent, MediaLeg, MediaLegStatistics, TracksListener, VoiceDetection } from '../../../src/application/ports/media-leg.js';
import { EnergyVad } from '../../../src/domain/audio/energy-vad.js';
import { FRAME_MS, samplesInMs, samplesPerFrame } from '../../../src/domain/audio/frame.js';
import { GainRamp } from '../../../src/domain/audio/gain-ramp.js';
import { Playout } from '../../../src/domain/audio/playout.js';
import { PlayoutBuffer } from '../../../src/domain/audio/playout-buffer.js';
import { VoiceActivity } from '../../../src/domain/audio/vad.js';
import { syntheticVoice } from '../synthetic-voice.js';

export interface MemoryLegOptions {
  /** Moves the leg. Without it the leg stands still until `pass`. */
  readonly clock?: Clock;
  readonly sampleRateHz?: LegSampleRateHz;
  readonly voiceDetection?: VoiceDetection;
  readonly mediaTimeoutMs?: number;
  /** False: the peer sends nothing until `connect()`. */
  readonly connected?: boolean;
}

export type AudioListener = (samples: Int16Array, position: number, atMs: number) => void;

const PLAYOUT_CAPACITY_SAMPLES = 2 ** 14;

export class MemoryLeg implements MediaLeg {
  readonly sampleRateHz: LegSampleRateHz;
  closed = false;
  /** What was asked of the leg, in order. */
  readonly clears: { readonly atMs: number; readonly played: number }[] = [];
  readonly ducks: { readonly atMs: number; readonly decibels: number }[] = [];
  readonly openedAtMs: number;

  private sentSoFar = new Int16Array(2 ** 16);
  private sentLength = 0;
  private readonly buffer = PlayoutBuffer.ofCapacity(PLAYOUT_CAPACITY_SAMPLES);
  private readonly playout = new Playout(this.buffer);
  private readonly gain = new GainRamp();
  private readonly classifier = new EnergyVad();
  private readonly activity: VoiceActivity;
  private readonly mediaTimeoutMs: number;
  private readonly frame: Int16Array;
  private readonly callerFrame: Int16Array;
  private caller: Int16Array[] = [];
  private connected: boolean;
  private started = false;
  private silentSinceMs: number;
  private lost = false;
  private ticks = 0;
  private received = 0;
  private audio: AudioListener | undefined;
  private tracks: TracksListener | undefined;
  private readonly playedListeners: AudioListener[] = [];
  private readonly events = new Set<(event: MediaEvent) => void>();
  private readonly clock: Clock | undefined;
  private ownTimeMs = 0;
  private cancelTick: Cancel = () => undefined;

  constructor(options: MemoryLegOptions = {}) {
    this.clock = options.clock;
    this.sampleRateHz = options.sampleRateHz ?? 8000;
    this.activity = new VoiceActivity(options.voiceDetection ?? { onsetMs: 60, offsetMs: 200, sustainedMs: 200 });
    this.mediaTimeoutMs = options.mediaTimeoutMs ?? 10_000;
    this.connected = options.connected ?? true;
    this.frame = new Int16Array(samplesPerFrame(this.sampleRateHz));
    this.callerFrame = new Int16Array(this.frame.length);
    this.openedAtMs = this.nowMs();
    this.silentSinceMs = this.openedAtMs;
    this.awaitTick();
  }

  /** Everything sent since opening, gain applied, silence included: sample n went out `n / sampleRateHz` seconds after opening. */
  get sent(): Int16Array {
    return this.sentSoFar.subarray(0, this.sentLength);
  }

  /** The caller says this from the next tick on, after what is still to be said. Whole frames: the rest is padded with silence. */
  hear(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += this.frame.length) {
      const frame = new Int16Array(this.frame.length);
      frame.set(samples.subarray(at, at + this.frame.length));
      this.caller.push(frame);
    }
  }

  /** The caller speaks: a sound that voice detection takes for voice. */
  hearVoice(durationMs: number): void {
    this.hear(syntheticVoice(this.sampleRateHz, durationMs));
  }

  /** The caller breaks off: what was still to be said is not. */
  hush(): void {
    this.caller.length = 0;
  }

  hearSilence(durationMs: number): void {
    this.hear(new Int16Array(samplesInMs(durationMs, this.sampleRateHz)));
  }

  /** Without a clock: `ms` pass on this leg, a tick for each 20 of them. */
  pass(ms: number): void {
    const untilMs = this.ownTimeMs + ms;
    while (!this.closed && this.openedAtMs + (this.ticks + 1) * FRAME_MS <= untilMs) {
      this.ownTimeMs = this.openedAtMs + (this.ticks + 1) * FRAME_MS;
      this.tick();
    }
    this.ownTimeMs = untilMs;
  }

  /** The peer begins, or begins again, to send. */
  connect(): void {
    this.connected = true;
  }

  /** The peer falls silent as a cut line does: not even silence arrives. */
  disconnect(): void {
    this.connected = false;
    this.silentSinceMs = this.nowMs();
  }

  /** Delivers an event as if the media thread had sent it. */
  raise(event: MediaEvent): void {
    for (const listener of [...this.events]) listener(event);
  }

  onAudio(listener: AudioListener): Cancel {
    this.audio = listener;
    return () => { if (this.audio === listener) this.audio = undefined; };
  }

  onPlayed(listener: AudioListener): Cancel {
    this.playedListeners.push(listener);
    return () => { this.playedListeners.splice(this.playedListeners.indexOf(listener) >>> 0, 1); };
  }

  onTracks(listener: TracksListener): Cancel {
    this.tracks = listener;
    return () => { if (this.tracks === listener) this.tracks = undefined; };
  }

  onEvent(listener: (event: MediaEvent) => void): Cancel {
    this.events.add(listener);
    return () => { this.events.delete(listener); };
  }

  play(samples: Int16Array): number {
    return this.closed ? 0 : this.buffer.write(samples);
  }

  get playoutSpace(): number {
    return this.closed ? 0 : this.buffer.space;
  }

  get playoutPending(): number {
    return this.buffer.pending;
  }

  get played(): number {
    return this.buffer.played;
  }

  clear(): number {
    const played = this.buffer.clear();
    this.clears.push({ atMs: this.nowMs(), played });
    return played;
  }

  duck(decibels: number): void {
    this.ducks.push({ atMs: this.nowMs(), decibels });
    this.gain.setDecibels(decibels);
  }

  get statistics(): MediaLegStatistics {
    return {
      packetsReceived: this.received, packetsSent: this.ticks, packetsLost: 0, packetsLate: 0, framesAdjusted: 0, packetsMalformed: 0,
      ssrcChanges: 0, underruns: this.playout.underruns, callerSamplesDropped: 0,
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancelTick();
    this.events.clear();
    this.audio = undefined;
    this.playedListeners.length = 0;
    this.tracks = undefined;
    this.buffer.clear();
    await Promise.resolve();
  }

  private nowMs(): number {
    return this.clock?.nowMs() ?? this.ownTimeMs;
  }

  private awaitTick(): void {
    if (this.clock === undefined) return;
    const atMs = this.openedAtMs + (this.ticks + 1) * FRAME_MS;
    this.cancelTick = this.clock.after(Math.max(0, atMs - this.nowMs()), () => { this.tick(); });
  }

  private tick(): void {
    const atMs = this.openedAtMs + this.ticks * FRAME_MS;
    const position = this.ticks * this.frame.length;
    this.ticks += 1;
    this.awaitTick();
    this.callerTick(position, atMs);
    if (!this.closed) this.agentTick(position, atMs);
  }

  private callerTick(position: number, atMs: number): void {
    const next = this.connected ? this.caller.shift() : undefined;
    if (next === undefined) this.callerFrame.fill(0);
    else this.callerFrame.set(next);
    this.watchLine();
    this.detectVoice(atMs);
    this.audio?.(this.callerFrame, position, atMs);
  }

  private watchLine(): void {
    const atMs = this.nowMs();
    if (this.connected) {
      this.received += 1;
      this.lost = false;
      if (!this.started) this.raise({ type: 'media-started', atMs });
      this.started = true;
      return;
    }
    if (this.lost || atMs - this.silentSinceMs < this.mediaTimeoutMs) return;
    this.lost = true;
    this.raise({ type: 'media-lost', atMs });
  }

  private detectVoice(frameAtMs: number): void {
    const atMs = this.nowMs();
    const change = this.activity.push(this.classifier.isVoiced(this.callerFrame), frameAtMs);
    if (change === 'started') this.raise({ type: 'speech-started', atMs, onsetAtMs: this.activity.onsetAtMs });
    if (change === 'sustained') this.raise({ type: 'speech-sustained', atMs, onsetAtMs: this.activity.onsetAtMs });
    if (change === 'ended') this.raise({ type: 'speech-ended', atMs, lastVoicedAtMs: this.activity.lastVoicedAtMs });
  }

  private agentTick(position: number, frameAtMs: number): void {
    const playedBefore = this.buffer.played;
    const change = this.playout.next(this.frame);
    const atMs = this.nowMs();
    if (change === 'started') this.raise({ type: 'playout-started', atMs, position: playedBefore });
    if (change === 'drained') this.raise({ type: 'playout-drained', atMs, position: this.buffer.played });
    this.gain.apply(this.frame);
    this.keepSent();
    for (const listener of [...this.playedListeners]) listener(this.frame, position, frameAtMs);
    this.tracks?.({ caller: this.callerFrame, sent: this.frame }, position, frameAtMs);
  }
  private keepSent(): void {
    if (this.sentLength + this.frame.length > this.sentSoFar.length) {
      const longer = new Int16Array(this.sentSoFar.length * 2);
      longer.set(this.sentSoFar);
      this.sentSoFar = longer;
    }
    this.sentSoFar.set(this.frame, this.sentLength);
    this.sentLength += this.frame.length;
  }
}
