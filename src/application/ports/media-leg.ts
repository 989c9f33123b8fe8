import type { Cancel } from './clock.js';

/** Linear PCM rates a leg may carry. 8 kHz legs stay 8 kHz. */
export type LegSampleRateHz = 8000 | 16000;

/**
 * What the data plane tells the control plane, a few times a second at most.
 * All times are `Clock.nowMs()` values taken in the media thread.
 */
export type MediaEvent =
  /** First packet from the pinned peer. */
  | { readonly type: 'media-started'; readonly atMs: number }
  /** Voice confirmed after `VoiceDetection.onsetMs` of it; `onsetAtMs` is when it began. */
  | { readonly type: 'speech-started'; readonly atMs: number; readonly onsetAtMs: number }
  /** The same speech has now `VoiceDetection.sustainedMs` of voice in it: no cough or click. Once per speech. */
  | { readonly type: 'speech-sustained'; readonly atMs: number; readonly onsetAtMs: number }
  /** `VoiceDetection.offsetMs` passed without voice; `lastVoicedAtMs` is the end of the last voiced frame. */
  | { readonly type: 'speech-ended'; readonly atMs: number; readonly lastVoicedAtMs: number }
  /** First agent frame after an empty buffer was handed to the network. `position` in samples played so far on this leg. */
  | { readonly type: 'playout-started'; readonly atMs: number; readonly position: number }
  /** The playout buffer ran empty: everything accepted by `play()` was sent. */
  | { readonly type: 'playout-drained'; readonly atMs: number; readonly position: number }
  /** Nothing arrived from the peer for `mediaTimeoutMs` although media is flowing the other way. */
  | { readonly type: 'media-lost'; readonly atMs: number };

/** Voice activity thresholds used in the media thread. */
export interface VoiceDetection {
  /** Voiced time before `speech-started`. */
  readonly onsetMs: number;
  /** Unvoiced time before `speech-ended`. */
  readonly offsetMs: number;
  /** Voiced time, pauses not counted, before `speech-sustained`. */
  readonly sustainedMs: number;
}

/**
 * Both directions of the same 20–100 ms: what the caller sent and what was sent to him, of equal length, at equal positions. Valid
 * during the call only; read only.
 */
export type TracksListener = (tracks: { readonly caller: Int16Array; readonly sent: Int16Array }, position: number, atMs: number) => void;

/** What whoever listens to the caller needs of a leg. */
export type CallerSide = Pick<MediaLeg, 'sampleRateHz' | 'onAudio' | 'onEvent'>;

/** Counters of a leg since it was opened. */
export interface MediaLegStatistics {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /**
   * Sequence numbers never received in time. Keys of the caller are among them: Asterisk takes what tells them out of his stream and
   * passes on the numbers of the rest as they are. Measured with 22.10, per key: 9 to 11 numbers for telephone-events (RFC 4733), 8 for
   * one of 160 ms by SIP INFO. What is never sent to us cannot be told from what is lost on the way.
   */
  readonly packetsLost: number;
  /** Received after their turn. */
  readonly packetsLate: number;
  /** Frames left out or put in to follow the far end's clock or a new delay. */
  readonly framesAdjusted: number;
  readonly packetsMalformed: number;
  readonly ssrcChanges: number;
  readonly underruns: number;
  /** Caller samples overwritten because nobody read them. */
  readonly callerSamplesDropped: number;
}

/**
 * Both directions of one call's audio, mono PCM16 at `sampleRateHz`.
 *
 * The caller's direction is a steady timeline: one 20 ms frame per tick from opening on, silence or
 * concealment where nothing arrived, so sample position is time. The agent's direction is a bounded
 * buffer that the media thread empties at one frame per 20 ms tick; silence is sent when it is empty.
 * No method blocks or awaits except `close`.
 */
export interface MediaLeg {
  readonly sampleRateHz: LegSampleRateHz;
  /**
   * Registers the one consumer of caller audio. `samples` is valid during the call only (copy to keep) and
   * holds 20–100 ms; `position` is the sample index of its first sample since opening; `atMs` the clock time of that sample.
   */
  onAudio(listener: (samples: Int16Array, position: number, atMs: number) => void): Cancel;
  onEvent(listener: (event: MediaEvent) => void): Cancel;
  /**
   * Registers a consumer of what was sent: gain applied, silence where nothing was said, at the same positions as `onAudio`, so
   * that equal positions are the same tick. For recorders. Optional: a leg that cannot tell has no such method.
   */
  onPlayed?(listener: (samples: Int16Array, position: number, atMs: number) => void): Cancel;
  /**
   * Registers the one consumer of both directions together, beside those of `onAudio` and `onPlayed`: positions and times are theirs,
   * and what they take is not copied again. Positions go on from batch to batch; where they do not, nobody read in time and that
   * audio is lost. Optional: a leg that cannot tell has no such method.
   */
  onTracks?(listener: TracksListener): Cancel;
  /** Appends agent audio. Returns how many samples were accepted (0 when full): the caller keeps the rest and offers it again. */
  play(samples: Int16Array): number;
  /** Samples that `play` would accept now. */
  readonly playoutSpace: number;
  /** Samples accepted but not yet sent. */
  readonly playoutPending: number;
  /** Agent samples handed to the network since opening; flushed ones are not counted. The position heard. */
  readonly played: number;
  /** Discards what is pending, effective within one frame. Returns `played` at the cut (exact to one frame). */
  clear(): number;
  /** Attenuates agent audio by `decibels` (0 = normal, negative = quieter), ramped over 20 ms. */
  duck(decibels: number): void;
  readonly statistics: MediaLegStatistics;
  /** Ends both directions and frees port, ring and timer. Idempotent. No event or audio is delivered after it resolves. */
  close(): Promise<void>;
}
