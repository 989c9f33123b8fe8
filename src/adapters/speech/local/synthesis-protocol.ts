/* What the main thread and a synthesis thread say to each other. */

export interface SynthesisWorkerInput {
  /** Looked into before the system's directories. */
  readonly directories: readonly string[];
}

/** Times in ms from the beginning of the piece. */
export interface SpokenWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface RenderCommand {
  readonly type: 'render';
  readonly id: number;
  /** One piece of `speakablePieces`. */
  readonly text: string;
  readonly voice: string;
  readonly sampleRateHz: 8000 | 16000;
  /** Of the silence before the voice this much is kept. */
  readonly leadMs: number;
  /** One int32; anything but 0: nobody wants the rest. Shared, because a thread that renders reads no messages. */
  readonly cancelled: SharedArrayBuffer;
}

export type SynthesisCommand = RenderCommand | { readonly type: 'stop' };

export type SynthesisAnswer =
  | { readonly id: number; readonly type: 'chunk'; readonly samples: Int16Array; readonly words: readonly SpokenWord[] }
  | { readonly id: number; readonly type: 'done' }
  | { readonly id: number; readonly type: 'failed'; readonly code: string; readonly kind: 'unavailable' | 'not-found' | 'protocol'; readonly message: string };
