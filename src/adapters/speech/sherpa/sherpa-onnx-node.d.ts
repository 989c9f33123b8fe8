/** sherpa-onnx-node comes without types; these are the parts in use. Samples are -1 to 1. */
declare module 'sherpa-onnx-node' {
  interface Waveform { readonly samples: Float32Array; readonly sampleRate: number }

  export interface OnlineStream {
    acceptWaveform(audio: Waveform): void;
    /** No more audio will come. */
    inputFinished(): void;
  }

  export interface OnlineRecognizerConfig {
    readonly featConfig: { readonly sampleRate: number; readonly featureDim: number };
    readonly modelConfig: {
      readonly transducer?: { readonly encoder: string; readonly decoder: string; readonly joiner: string };
      readonly paraformer?: { readonly encoder: string; readonly decoder: string };
      readonly zipformer2Ctc?: { readonly model: string };
      readonly nemoCtc?: { readonly model: string };
      readonly tokens: string;
      readonly numThreads: number;
    };
    readonly decodingMethod: 'greedy_search';
    readonly enableEndpoint: 0;
  }

  /** Ends the process when a model is not what it should be. Streams are freed by the garbage collector. */
  export interface OnlineRecognizer {
    createStream(): OnlineStream;
    isReady(stream: OnlineStream): boolean;
    /** Blocks for as long as a chunk of audio takes to be recognised. */
    decode(stream: OnlineStream): void;
    getResult(stream: OnlineStream): { readonly text: string };
  }

  export interface OfflineTtsConfig {
    readonly model: {
      readonly vits?: { readonly model: string; readonly tokens: string; readonly lexicon: string; readonly dataDir: string };
      readonly kokoro?: { readonly model: string; readonly voices: string; readonly tokens: string; readonly lexicon: string; readonly dataDir: string };
      readonly numThreads: number;
    };
    readonly maxNumSentences: number;
  }

  /** Ends the process when a model is not what it should be. */
  export interface OfflineTts {
    readonly numSpeakers: number;
    /** In a thread of Node's pool. (The synchronous one ends the process by a memory fault when it knows none of the words.) */
    generateAsync(request: { readonly text: string; readonly sid: number; readonly speed: number; readonly enableExternalBuffer: false }): Promise<Waveform>;
  }

  export interface VadConfig {
    readonly sileroVad: {
      readonly model: string; readonly threshold: number; readonly windowSize: number;
      readonly minSpeechDuration: number; readonly minSilenceDuration: number; readonly maxSpeechDuration: number;
    };
    /** Must be 16000, else it ends the process. */
    readonly sampleRate: number;
    readonly numThreads: number;
  }

  export interface Vad {
    acceptWaveform(samples: Float32Array): void;
    isDetected(): boolean;
    /** Segments of speech that have ended. */
    isEmpty(): boolean;
    reset(): void;
  }

  /** CommonJS, whose names Node.js does not find. */
  const sherpa: {
    readonly OnlineRecognizer: new (config: OnlineRecognizerConfig) => OnlineRecognizer;
    readonly OfflineTts: new (config: OfflineTtsConfig) => OfflineTts;
    readonly Vad: new (config: VadConfig, bufferSizeInSeconds: number) => Vad;
  };
  export default sherpa;
}
