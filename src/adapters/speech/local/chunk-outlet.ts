import { firResampler } from '../../../domain/audio/fir-resampler.js';
import { resampleClip } from '../../../domain/audio/resample-clip.js';
import type { Resampler } from '../../../domain/audio/resampler.js';
import type { SilenceTrimmer } from './silence-trimmer.js';
import type { EngineOutlet } from './synthesis-engine.js';
import type { SpokenWord } from './synthesis-protocol.js';

/** Handed on at a time; the last may be up to twice as long. */
const CHUNK_MS = 100;

/** Brings an engine's audio to the wanted rate, without silence around it, in chunks, each with the words that begin in it. */
export class ChunkOutlet implements EngineOutlet {
  private resampler: Resampler | null = null;
  private waiting: readonly SpokenWord[] = [];
  /** Samples handed on. */
  samples = 0;

  constructor(
    private readonly sampleRateHz: 8000 | 16000,
    private readonly trimmer: SilenceTrimmer,
    private readonly wanted: () => boolean,
    private readonly give: (samples: Int16Array, words: readonly SpokenWord[]) => void,
  ) {}

  words(words: readonly SpokenWord[]): void {
    this.waiting = [...this.waiting, ...words];
  }

  audio(samples: Int16Array, sampleRateHz: number): boolean {
    this.inChunks(this.trimmer.process(this.convert(samples, sampleRateHz)));
    return this.wanted();
  }

  /** After the last audio. */
  finish(): void {
    this.inChunks(this.trimmer.rest());
  }

  private inChunks(samples: Int16Array): void {
    const step = (this.sampleRateHz * CHUNK_MS) / 1000;
    for (let at = 0; at < samples.length && this.wanted();) {
      const end = samples.length - at < 2 * step ? samples.length : at + step; // no crumb of a chunk at the end
      this.handOn(samples.slice(at, end));
      at = end;
    }
  }

  private handOn(chunk: Int16Array): void {
    this.samples += chunk.length;
    const cutMs = (this.trimmer.cutAtBegin * 1000) / this.sampleRateHz;
    const endMs = (this.samples * 1000) / this.sampleRateHz + cutMs;
    const begun = this.waiting.filter(({ startMs }) => startMs < endMs);
    this.waiting = this.waiting.filter(({ startMs }) => startMs >= endMs);
    this.give(chunk, begun.map((word) => ({ ...word, startMs: Math.max(0, word.startMs - cutMs), endMs: word.endMs - cutMs })));
  }

  private convert(samples: Int16Array, fromHz: number): Int16Array {
    if (fromHz !== 8000 && fromHz !== 16_000) return resampleClip(samples, fromHz, this.sampleRateHz);
    this.resampler ??= firResampler(fromHz, this.sampleRateHz);
    const output = new Int16Array(this.resampler.outputCapacity(samples.length));
    return output.subarray(0, this.resampler.process(samples, output));
  }
}
