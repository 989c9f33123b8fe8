import type { SpokenWord } from './synthesis-protocol.js';

/** Takes what an engine renders, while it renders. */
export interface EngineOutlet {
  /** Words known by now, each told once, before the audio they begin in. */
  words(words: readonly SpokenWord[]): void;
  /** False: nobody wants the rest. `samples` is the outlet's. */
  audio(samples: Int16Array, sampleRateHz: number): boolean;
}

/** A synthesiser in this thread. */
export interface SynthesisEngine {
  /** Returns when all is rendered or the outlet wanted no more. @throws Error or PortError */
  render(text: string, voice: string, outlet: EngineOutlet): void;
}
