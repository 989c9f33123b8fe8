/** Changes the sampling rate of one stream, chunk by chunk, without a seam between chunks. */
export interface Resampler {
  readonly fromHz: number;
  readonly toHz: number;
  /** Enough room for the result of `inputSamples`. */
  outputCapacity(inputSamples: number): number;
  /** Converts all of `input` into the beginning of `output` and returns the samples written. Keeps its history for the next chunk. */
  process(input: Int16Array, output: Int16Array): number;
  /** Forgets the stream so far. */
  reset(): void;
  /** Frees what it holds. It must not be used after. */
  close(): void;
}
