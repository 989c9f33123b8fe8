import { Concealer } from './concealer.js';
import { DelayEstimator, type DelayLimits } from './delay-estimator.js';
import { FRAME_MS, msOfSamples, samplesInMs, samplesPerFrame, type SampleRateHz } from './frame.js';
import { FrameStore } from './frame-store.js';
import { rms } from './level.js';
import type { RtpStamp } from './rtp-packet.js';
import { distance32 } from './sequence.js';
import { StreamSource } from './stream-source.js';

const LIMITS: DelayLimits = { startMs: 40, minMs: 20, maxMs: 120 };
/** The ring: the longest delay and a burst on top. 16 frames are 320 ms. */
const FRAMES = 16;
/** The longest packet taken. */
export const PACKET_MS_MAX = 60;
/** Packets in order that do not fit the timeline for so long mean that the sender's clock jumped. */
const MISFIT_MS = 40;
/** The delay is judged once in this many frames, by the packet among them that had the most time left. */
const REVIEW_FRAMES = 50;
/** Time to spare that is let be; more, in so many reviews running, is cut. */
const SPARE_MS = 30;
const SPARE_REVIEWS = 3;
/** Time to spare that is cut even while somebody speaks. */
const SPARE_FORCED_MS = 100;
/** About -48 dBFS: quiet enough that nobody misses 20 ms of it, or hears 20 ms more. */
const QUIET_RMS = 130;

/** What a popped frame is: as received, filled in for up to 60 ms, or silence because nothing is there. */
export type JitterFrame = 'received' | 'concealed' | 'silence';

/**
 * Turns packets that come early, late, twice, in disorder or not at all into one frame per tick.
 *
 * `push` when a packet arrives, `pop` once per 20 ms of wall time, whether anything arrived or not. Positions are samples on the
 * playout timeline; an RTP timestamp is mapped onto it once, at the first packet, and again when the sender's clock jumps.
 * The delay begins at 40 ms and follows the jitter between 20 and 120 ms; it changes, and clock drift is made good, in silence.
 */
export class JitterBuffer {
  private readonly frameSamples: number;
  private readonly source = new StreamSource();
  private readonly delay = new DelayEstimator(LIMITS);
  private readonly store: FrameStore;
  private readonly concealer: Concealer;
  private readonly suspect: { readonly pcm: Int16Array; samples: number; timestamp: number };

  private playhead = 0; // position of the next frame to pop
  private lastPlayed = 0; // position of the last frame that had arrived
  private newestEnd = 0; // end of the newest audio in the store
  private anchored = false;
  private anchorTimestamp = 0;
  private anchorPosition = 0;
  private misfitSinceMs = Number.NaN;
  private headroomMax = Number.NEGATIVE_INFINITY; // since the last review, in samples
  private framesToReview = REVIEW_FRAMES;
  private spareReviews = 0;
  private pending = 0; // frames to trim, or negative to insert
  private inTime = 0;

  /** Packets that came after their turn. */
  late = 0;
  /** Packets too far ahead of their turn to be kept: a burst, or a jump of the sender's clock. */
  early = 0;
  duplicates = 0;
  /** Frames left out or put in to follow the sender's clock or a new target. */
  trimmed = 0;
  inserted = 0;

  constructor(private readonly sampleRateHz: SampleRateHz) {
    this.frameSamples = samplesPerFrame(sampleRateHz);
    this.store = new FrameStore(this.frameSamples, FRAMES);
    this.concealer = new Concealer(this.frameSamples);
    this.suspect = { pcm: new Int16Array(samplesInMs(PACKET_MS_MAX, sampleRateHz)), samples: 0, timestamp: 0 };
  }

  /** Sequence numbers not received in time so far; one that was only overtaken counts until it comes (as in RFC 3550 §6.4.1). */
  get lost(): number {
    return Math.max(0, this.source.expected - this.inTime);
  }

  get ssrcChanges(): number {
    return this.source.changes;
  }

  /** SSRC of the stream that is played; undefined before the first packet. */
  get ssrc(): number | undefined {
    return this.source.currentSsrc;
  }

  get targetMs(): number {
    return this.delay.targetMs;
  }

  /** Takes the first `samples` of decoded audio, at most 60 ms; for comfort noise a frame of silence. Copies them. */
  push(packet: RtpStamp, pcm: Int16Array, samples: number, arrivalMs: number): void {
    switch (this.source.admit(packet)) {
      case 'duplicate':
        this.duplicates += 1;
        return;
      case 'suspected':
        for (let i = 0; i < samples; i += 1) this.suspect.pcm[i] = pcm[i] ?? 0;
        this.suspect.samples = samples;
        this.suspect.timestamp = packet.timestamp;
        return;
      case 'switched':
        this.anchor(this.suspect.timestamp, this.leadFrames() - 1); // the suspect has waited for one packet already
        this.place(this.suspect.timestamp, this.suspect.pcm, this.suspect.samples);
        break;
      case 'accepted':
        if (!this.anchored) this.anchor(packet.timestamp, this.leadFrames());
        break;
    }
    this.delay.observe(arrivalMs, msOfSamples(this.positionOf(packet.timestamp), this.sampleRateHz));
    if (this.jumped(packet, samples, arrivalMs)) this.anchor(packet.timestamp, this.leadFrames());
    this.place(packet.timestamp, pcm, samples);
  }

  /** A packet of the stream without audio for us, such as a telephone-event (RFC 4733): it has come, and is not lost (RFC 3550 A.3 counts whatever it holds). */
  pass(packet: RtpStamp): void {
    if (this.source.note(packet)) this.inTime += 1;
  }

  /** Writes the next 20 ms into `frame`. */
  pop(frame: Int16Array): JitterFrame {
    this.framesToReview -= 1;
    if (this.framesToReview === 0) this.review();
    let arrived = this.store.read(this.playhead, frame);
    if (this.pending !== 0 && (arrived === 0 || rms(frame) < QUIET_RMS)) {
      if (this.pending < 0) return this.hold(frame, arrived);
      this.trim(1);
      arrived = this.store.read(this.playhead, frame);
    }
    const position = this.playhead;
    this.playhead += this.frameSamples;
    return this.finish(frame, arrived, position);
  }

  private finish(frame: Int16Array, arrived: number, position: number): JitterFrame {
    if (arrived > 0) {
      this.concealer.received(frame);
      this.lastPlayed = position;
      return 'received';
    }
    if (this.concealer.atGapStart && this.store.read(this.lastPlayed, frame) === 0) frame.fill(0);
    return this.concealer.conceal(frame) ? 'concealed' : 'silence';
  }

  /** Gives a quiet or missing frame now and the same position again at the next tick: the delay grows by one frame. */
  private hold(frame: Int16Array, arrived: number): JitterFrame {
    this.pending += 1;
    this.inserted += 1;
    return this.finish(frame, arrived, this.playhead);
  }

  private trim(frames: number): void {
    this.playhead += frames * this.frameSamples;
    this.pending = Math.max(0, this.pending - frames);
    this.trimmed += frames;
    this.concealer.breakHere();
  }

  /** Frames between the next one to pop and a packet that arrives now, for the present target. */
  private leadFrames(): number {
    return Math.max(1, Math.round(this.delay.targetMs / FRAME_MS) - 1);
  }

  private anchor(timestamp: number, leadFrames: number): void {
    this.anchored = true;
    this.anchorTimestamp = timestamp;
    this.anchorPosition = this.playhead + leadFrames * this.frameSamples;
    this.misfitSinceMs = Number.NaN;
    this.headroomMax = Number.NEGATIVE_INFINITY;
    this.pending = 0;
    this.delay.rebase();
    this.concealer.breakHere();
  }

  private positionOf(timestamp: number): number {
    return this.anchorPosition + distance32(this.anchorTimestamp, timestamp);
  }

  private fits(position: number, samples: number): boolean {
    return position + samples > this.playhead && position + samples <= this.playhead + (FRAMES - 1) * this.frameSamples; // the frame behind the playhead is kept, to conceal with
  }

  /** Whether the sender's timestamps no longer mean what they did: a talk spurt after silence, or packets that keep missing their turn. */
  private jumped(packet: RtpStamp, samples: number, arrivalMs: number): boolean {
    if (!this.source.inOrder) return false;
    if (this.fits(this.positionOf(packet.timestamp), samples)) {
      this.misfitSinceMs = Number.NaN;
      return false;
    }
    if (packet.marker && this.newestEnd <= this.playhead) return true;
    if (Number.isNaN(this.misfitSinceMs)) this.misfitSinceMs = arrivalMs;
    return arrivalMs - this.misfitSinceMs >= MISFIT_MS;
  }

  private place(timestamp: number, pcm: Int16Array, samples: number): void {
    const position = this.positionOf(timestamp);
    if (!this.fits(position, samples)) {
      if (position < this.playhead) this.late += 1;
      else this.early += 1;
      return;
    }
    this.store.put(position, pcm, Math.max(0, this.playhead - position), samples);
    this.inTime += 1;
    if (!this.source.inOrder) return;
    this.headroomMax = Math.max(this.headroomMax, position - this.playhead);
    this.newestEnd = position + samples;
    this.anchorTimestamp = timestamp; // kept close, so that the distance never wraps
    this.anchorPosition = position;
  }

  /** Once a second: does the best packet have too little or too much time left, compared with what the jitter asks for? */
  private review(): void {
    this.framesToReview = REVIEW_FRAMES;
    const spareMs = msOfSamples(this.headroomMax, this.sampleRateHz) - (this.delay.targetMs - FRAME_MS);
    this.headroomMax = Number.NEGATIVE_INFINITY;
    this.pending = 0;
    if (!Number.isFinite(spareMs)) return;
    this.spareReviews = spareMs >= SPARE_MS ? this.spareReviews + 1 : 0;
    if (spareMs >= SPARE_FORCED_MS) this.trim(Math.floor(spareMs / FRAME_MS));
    else if (spareMs < 0) this.pending = -Math.ceil(-spareMs / FRAME_MS);
    else if (this.spareReviews >= SPARE_REVIEWS) this.pending = Math.floor((spareMs - SPARE_MS) / FRAME_MS) + 1;
  }
}
