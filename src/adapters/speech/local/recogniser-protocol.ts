/* What the main thread and a recogniser thread say to each other. Audio is not in it: it goes through an AudioRing. */

export interface RecogniserWorkerInput {
  readonly modelDirectory: string;
  /** Looked into before the system's directories. */
  readonly directories: readonly string[];
  /** Decoders of this thread at one time. */
  readonly decodersMax: number;
  /** Words that fit worse are not reported, 0 to 1. */
  readonly confidenceMin: number;
}

export type RecogniserCommand =
  | { readonly type: 'open'; readonly stream: number; readonly grammar: string | null; readonly sampleRateHz: 8000 | 16000; readonly ring: SharedArrayBuffer }
  /** More is in the ring. */
  | { readonly type: 'audio'; readonly stream: number }
  | { readonly type: 'begin'; readonly stream: number; readonly from: number }
  | { readonly type: 'end'; readonly stream: number; readonly at: number }
  | { readonly type: 'close'; readonly stream: number }
  /** Frees the libraries and ends the thread. */
  | { readonly type: 'stop' };

export interface RecogniserFailure {
  readonly code: string;
  readonly kind: 'rejected' | 'unavailable' | 'not-found';
  readonly message: string;
}

/** About the thread itself. */
export type ThreadAnswer = { readonly type: 'ready' } | { readonly type: 'unusable'; readonly failure: RecogniserFailure };

/** About a stream. */
export type RecogniserAnswer =
  | { readonly stream: number; readonly type: 'opened' }
  | { readonly stream: number; readonly type: 'partial'; readonly text: string }
  | { readonly stream: number; readonly type: 'final'; readonly text: string; readonly confidence: number | null }
  /** The thread could not keep up: this much of the utterance was not listened to. */
  | { readonly stream: number; readonly type: 'dropped'; readonly samples: number }
  | { readonly stream: number; readonly type: 'failed'; readonly failure: RecogniserFailure };
