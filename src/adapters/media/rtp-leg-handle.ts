import type { Cancel } from '../../application/ports/clock.js';
import type { LegSampleRateHz, MediaEvent, MediaLegStatistics, TracksListener } from '../../application/ports/media-leg.js';
import { msOfSamples } from '../../domain/audio/frame.js';
import { PlayoutBuffer } from '../../domain/audio/playout-buffer.js';
import { TimelineReader } from '../../domain/audio/timeline-ring.js';
import { CALLER_TRACK, LEG_WORDS, SENT_TRACK, type LegMemory } from './leg-memory.js';
import type { AudioScratch } from './audio-scratch.js';
import type { LegReference } from './media-protocol.js';
import { requireIpv4 } from './ipv4.js';
import type { PlayedListener, RtpLeg } from './rtp-leg.js';

const DECIBEL_HUNDREDTHS = 100;
/** The writer may be at work on one frame past what it has published; two frames of 16 kHz are safe. */
const GUARD_SAMPLES = 640;

type AudioListener = (samples: Int16Array, position: number, atMs: number) => void;

/** What a handle asks of its plane. */
export interface LegOwner {
  /** @throws PortError `media/peer-in-use`. */
  pin(leg: LegReference, address: number, port: number): void;
  /** Resolves when the media thread has let go of the slot. */
  release(leg: LegReference): Promise<void>;
  /** A listener threw: the plane reports it, the leg goes on. */
  fault(error: unknown): void;
}

/** The main thread's side of a leg: reads and writes the shared rings, asks the media thread for the rest. */
export class RtpLegHandle implements RtpLeg, LegReference {
  private readonly playout: PlayoutBuffer;
  private readonly timeline: TimelineReader;
  private audioListener: AudioListener | undefined;
  private playedListener: PlayedListener | undefined;
  private tracksListener: TracksListener | undefined;
  private readonly eventListeners = new Set<(event: MediaEvent) => void>();
  private closing: Promise<void> | undefined;

  constructor(
    readonly slot: number,
    readonly generation: number,
    readonly sampleRateHz: LegSampleRateHz,
    private readonly shared: { readonly memory: LegMemory; readonly owner: LegOwner },
  ) {
    this.playout = new PlayoutBuffer(shared.memory.playout);
    this.timeline = new TimelineReader(shared.memory.timeline, GUARD_SAMPLES);
  }

  pinPeer(host: string, port: number): void {
    if (this.closing === undefined) this.shared.owner.pin(this, requireIpv4(host, port), port);
  }

  onAudio(listener: AudioListener): Cancel {
    if (!this.isTapped) this.timeline.skipAll();
    this.audioListener = listener;
    return () => { if (this.audioListener === listener) this.audioListener = undefined; };
  }

  onPlayed(listener: PlayedListener): Cancel {
    this.tapSent();
    this.playedListener = listener;
    return () => {
      if (this.playedListener !== listener) return;
      this.playedListener = undefined;
      this.releaseSent();
    };
  }

  onTracks(listener: TracksListener): Cancel {
    this.tapSent();
    this.tracksListener = listener;
    return () => {
      if (this.tracksListener !== listener) return;
      this.tracksListener = undefined;
      this.releaseSent();
    };
  }

  onEvent(listener: (event: MediaEvent) => void): Cancel {
    this.eventListeners.add(listener);
    return () => { this.eventListeners.delete(listener); };
  }

  play(samples: Int16Array): number {
    return this.closing === undefined ? this.playout.write(samples) : 0;
  }

  get playoutSpace(): number {
    return this.closing === undefined ? this.playout.space : 0;
  }

  get playoutPending(): number {
    return this.playout.pending;
  }

  get played(): number {
    return this.playout.played;
  }

  clear(): number {
    return this.playout.clear();
  }

  duck(decibels: number): void {
    Atomics.store(this.shared.memory.words, LEG_WORDS.duck, Math.round(decibels * DECIBEL_HUNDREDTHS));
  }

  get statistics(): MediaLegStatistics {
    const { words } = this.shared.memory;
    const read = (word: number): number => Atomics.load(words, word) >>> 0;
    return {
      packetsReceived: read(LEG_WORDS.packetsReceived),
      packetsSent: read(LEG_WORDS.packetsSent),
      packetsLost: read(LEG_WORDS.packetsLost),
      packetsLate: read(LEG_WORDS.packetsLate),
      framesAdjusted: read(LEG_WORDS.framesAdjusted),
      packetsMalformed: read(LEG_WORDS.packetsMalformed),
      ssrcChanges: read(LEG_WORDS.ssrcChanges),
      underruns: read(LEG_WORDS.underruns),
      callerSamplesDropped: this.timeline.dropped,
    };
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** Hands what the media thread has written to the listeners. The plane's pump calls it. */
  pump(scratch: AudioScratch): void {
    if (!this.isTapped) {
      this.timeline.skipAll();
      return;
    }
    for (let samples = scratch.fitting(this.timeline.available()); samples > 0; samples = scratch.fitting(this.timeline.available())) {
      this.deliver(scratch.view(samples), scratch.secondView(samples));
    }
  }

  /** Hands an event of the media thread to the listeners. */
  dispatch(event: MediaEvent): void {
    for (const listener of [...this.eventListeners]) {
      try {
        listener(event);
      } catch (error) {
        this.shared.owner.fault(error); // a listener's bug must not keep the event from the others
      }
    }
  }

  private get isTapped(): boolean {
    return this.audioListener !== undefined || this.isSentTapped;
  }

  private get isSentTapped(): boolean {
    return this.playedListener !== undefined || this.tracksListener !== undefined;
  }

  private tapSent(): void {
    if (!this.isTapped) this.timeline.skipAll();
    if (this.isSentTapped) return;
    this.shared.memory.timeline.tracks[SENT_TRACK]?.fill(0); // what an earlier tap left behind
    Atomics.store(this.shared.memory.words, LEG_WORDS.tapSent, 1);
  }

  private releaseSent(): void {
    if (!this.isSentTapped) Atomics.store(this.shared.memory.words, LEG_WORDS.tapSent, 0);
  }

  /** Each track is copied once, whoever takes it. */
  private deliver(caller: Int16Array, sent: Int16Array): void {
    const { position } = this.timeline;
    const atMs = (this.shared.memory.baseTimeMs[0] ?? 0) + msOfSamples(position, this.sampleRateHz);
    try {
      if (this.audioListener !== undefined || this.tracksListener !== undefined) this.timeline.copy(CALLER_TRACK, caller);
      if (this.isSentTapped) this.timeline.copy(SENT_TRACK, sent);
      this.audioListener?.(caller, position, atMs);
      this.playedListener?.(sent, position, atMs);
      this.tracksListener?.({ caller, sent }, position, atMs);
    } catch (error) {
      this.shared.owner.fault(error); // the other legs' audio waits behind this one
    }
    this.timeline.advance(caller.length);
  }

  private end(): Promise<void> {
    this.playout.clear();
    this.audioListener = undefined;
    this.playedListener = undefined;
    this.tracksListener = undefined;
    this.eventListeners.clear();
    return this.shared.owner.release(this);
  }
}
