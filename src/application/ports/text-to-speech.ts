export interface TextToSpeechCapabilities {
  /** True when audio comes before the whole text is rendered. */
  readonly streaming: boolean;
  readonly wordTimes: boolean;
  /** Voice names usable in a request, with the BCP 47 language each speaks. */
  readonly voices: readonly { readonly name: string; readonly language: string }[];
}

export interface SynthesisRequest {
  /** Plain text, one to a few sentences, at most 2000 characters. */
  readonly text: string;
  readonly voice: string;
  readonly language: string;
  readonly sampleRateHz: 8000 | 16000;
}

/** A piece of speech: mono PCM16 at the requested rate. */
export interface SpeechChunk {
  readonly samples: Int16Array;
  /** Words that begin in this chunk; times count from the start of the synthesis. */
  readonly words?: readonly { readonly text: string; readonly startMs: number; readonly endMs: number }[];
  /** Another voice than the one asked for, which could not go on. */
  readonly standIn?: true;
}

/** Turns text into speech. A synthesis that yields no samples for speakable text is a failure, never an empty success. */
export interface TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities;
  /** Ends when all is rendered. Throws PortError `text-to-speech/*`. After `signal` aborts nothing more is yielded and everything is freed. */
  synthesise(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<SpeechChunk>;
}
