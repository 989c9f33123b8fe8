/** How a caller, or somebody for him, said no. */
export type RefusedBy = 'key' | 'phrase' | 'order';
/** Why a recording is complete: the call is over; a person has the caller; somebody who may has stopped it; it could not be written any more. */
export type RecordingEnd = 'call-over' | 'transferred' | 'stopped' | 'failed';
/** `refused`: the caller said no; `retention`: its time is up; `order`: somebody who may has erased it; `subject`: a person is forgotten. */
export type ErasureCause = 'refused' | 'retention' | 'order' | 'subject';

/** Life of a recording. Past tense, additive only. */
export type RecordingEvent =
  | { readonly type: 'recording.started'; readonly recordingId: string; readonly sampleRateHz: number }
  | { readonly type: 'recording.paused'; readonly recordingId: string }
  | { readonly type: 'recording.resumed'; readonly recordingId: string }
  /** `bytes` of audio. */
  | { readonly type: 'recording.ended'; readonly recordingId: string; readonly reason: RecordingEnd; readonly durationMs: number; readonly bytes: number }
  | { readonly type: 'recording.refused'; readonly by: RefusedBy }
  /** Proof: nothing of it is left. May come long after the call, then with sequence 0. */
  | { readonly type: 'recording.erased'; readonly recordingId: string; readonly cause: ErasureCause };
