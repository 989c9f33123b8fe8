import type { OfflineTtsConfig, OnlineRecognizerConfig } from 'sherpa-onnx-node';

/* What the gateway and a process of the engine say to each other. */

/** The first message to a recogniser's process. */
export interface RecogniserLoad {
  readonly recogniser: OnlineRecognizerConfig;
  /** A model of Silero; null: every utterance is taken for voice. */
  readonly voiceActivityModel: string | null;
}

export type RecogniserCommand =
  | { readonly type: 'begin'; readonly id: number; readonly sampleRateHz: 8000 | 16000 }
  | { readonly type: 'audio'; readonly id: number; readonly samples: Int16Array }
  /** A final is wanted. */
  | { readonly type: 'end'; readonly id: number }
  /** Nobody waits for the final. */
  | { readonly type: 'abort'; readonly id: number };

/** Of the utterance `id`. */
export type RecogniserAnswer =
  /** So many samples were listened to, no matter what was in them. */
  | { readonly type: 'taken'; readonly id: number; readonly samples: number }
  | { readonly type: 'partial'; readonly id: number; readonly text: string }
  | { readonly type: 'final'; readonly id: number; readonly text: string };

/** The first message to a synthesiser's process. */
export interface SynthesiserLoad {
  readonly voice: OfflineTtsConfig;
}

export type SynthesiserCommand =
  | { readonly type: 'render'; readonly id: number; readonly text: string; readonly speaker: number; readonly speed: number; readonly sampleRateHz: 8000 | 16000 }
  /** The rest is not wanted. */
  | { readonly type: 'cancel'; readonly id: number };

/** Of the text `id`. */
export type SynthesiserAnswer =
  | { readonly type: 'audio'; readonly id: number; readonly samples: Int16Array }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'no-audio'; readonly id: number };

/** The first answer: the model is loaded, or why it is not. */
export type LoadAnswer = { readonly type: 'ready' } | { readonly type: 'unusable'; readonly message: string };
