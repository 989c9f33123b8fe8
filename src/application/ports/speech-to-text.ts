/** What a recogniser can do. The engine adapts to this, never to a provider's name. */
export interface SpeechToTextCapabilities {
  readonly partialResults: boolean;
  /** True when the provider itself finds the end of an utterance; else `endUtterance` must be told. */
  readonly endpointing: boolean;
  /** Time from `endUtterance` to the final, 99th percentile, used as a deadline basis. */
  readonly finalLatencyP99Ms: number;
  readonly sampleRatesHz: readonly (8000 | 16000)[];
  /** True when `grammar` of the options limits what can be recognised. */
  readonly grammars: boolean;
}

export interface TranscriptionOptions {
  /** BCP 47. */
  readonly language: string;
  readonly sampleRateHz: 8000 | 16000;
  /** JSGF text, for recognisers with `grammars`; others ignore it. */
  readonly grammar?: string;
  /** Words worth expecting, for recognisers that can be biased. */
  readonly phrases?: readonly string[];
}

export type TranscriptEvent =
  /** Best guess of the open utterance so far; replaces the partial before it. */
  | { readonly type: 'partial'; readonly text: string }
  /** Will not change. `text` may be empty: voice without recognisable words. One per utterance begun (providers with endpointing: one per segment). */
  | { readonly type: 'final'; readonly text: string; readonly confidence: number | null };

/**
 * Audio in by push, transcripts out as an async sequence. The sequence ends after `close` or abort, and throws
 * PortError `speech-to-text/*` when the recogniser fails; after that the stream is dead and a new one is opened.
 */
export interface TranscriptionStream extends AsyncIterable<TranscriptEvent> {
  /** Never blocks. `samples` is copied. Audio flows all the time, silence included. Past the bound (2 s) the oldest is dropped and counted. */
  write(samples: Int16Array): void;
  /** Hint: voice began, `preRollMs` of the audio already written belongs to it. */
  beginUtterance(preRollMs: number): void;
  /** Hint: the caller has stopped; recognisers without endpointing answer with a final. */
  endUtterance(): void;
  /** Idempotent; frees everything. */
  close(): Promise<void>;
}

/** Turns caller audio into text. */
export interface SpeechToText {
  readonly capabilities: SpeechToTextCapabilities;
  /** After `signal` aborts no event is yielded and every resource is freed. */
  open(options: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream>;
}
