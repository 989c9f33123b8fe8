/** What a detector has to be sure of before it tells. */
export interface VoiceActivityOptions {
  readonly sampleRateHz: 8000 | 16000;
  /** Voice shorter than this is not told. */
  readonly voiceMsMin: number;
  /** A pause shorter than this is not told. */
  readonly silenceMsMin: number;
}

/** `atMs`: when voice began or ended, not when the detector was sure; in milliseconds of audio from the first sample of the stream. */
export interface VoiceChange {
  readonly type: 'started' | 'ended';
  readonly atMs: number;
}

export interface VoiceActivityListener {
  /** `started` and `ended` in turn, beginning with `started`; times never step back. */
  readonly changed: (change: VoiceChange) => void;
  /** PortError `voice-activity/*`, once; the stream is dead then, and a new one may be opened. */
  readonly failed: (error: Error) => void;
}

/** Audio that was written and is not judged yet; with more of it a stream fails. */
export const UNJUDGED_MS_MAX = 500;

/** The voice of one caller. The listener is told nothing before `open` has resolved, after `close`, and after the signal aborted. */
export interface VoiceActivityStream {
  /**
   * Never blocks. `samples` is copied. All audio is written, silence too: it is the time of the stream. A detector that hangs or is too slow
   * fails with `voice-activity/timeout` as soon as more than UNJUDGED_MS_MAX wait; nothing waits after that.
   */
  write(samples: Int16Array): void;
  /** Audio up to here is judged, and every change in it was told. Never steps back. */
  readonly judgedMs: number;
  /** Idempotent; frees everything. */
  close(): void;
}

/** Says when a caller speaks. */
export interface VoiceActivityDetector {
  /** The signal governs the stream for life. @throws PortError `voice-activity/*`. */
  open(options: VoiceActivityOptions, listener: VoiceActivityListener, signal: AbortSignal): Promise<VoiceActivityStream>;
}
