/** A stretch of the caller's speech whose final has not come. */
export interface OpenUtterance {
  /** Sample of the stream where it begins, the pre-roll included. */
  readonly fromSample: number;
  /** Null while the caller speaks. */
  endSample: number | null;
}

/**
 * The caller's audio since the oldest utterance without a final, and a little before: all that another recogniser needs to go on as if
 * it had listened from the beginning.
 */
export class SpokenSoFar {
  readonly utterances: OpenUtterance[] = [];
  private readonly chunks: { readonly fromSample: number; readonly samples: Int16Array }[] = [];
  private written = 0;

  /** Of audio without an utterance `idleSamples` are kept, with one `samplesMax`. */
  constructor(private readonly limits: { readonly idleSamples: number; readonly samplesMax: number }) {}

  get endSample(): number {
    return this.written;
  }

  /** The oldest audio there is. */
  get keptFrom(): number {
    return this.chunks[0]?.fromSample ?? this.written;
  }

  write(samples: Int16Array): void {
    this.chunks.push({ fromSample: this.written, samples: samples.slice() });
    this.written += samples.length;
    this.forget();
  }

  begin(preRollSamples: number): void {
    this.utterances.push({ fromSample: Math.max(this.keptFrom, this.written - Math.round(preRollSamples)), endSample: null });
  }

  end(): void {
    const last = this.utterances.at(-1);
    if (last !== undefined) last.endSample ??= this.written;
  }

  /** The oldest utterance has its final. */
  settle(): void {
    this.utterances.shift();
    this.forget();
  }

  /** Audio from `fromSample` on, at most `count` samples; empty at the end. What was forgotten is left out. */
  read(fromSample: number, count: number): Int16Array {
    const chunk = this.chunks.find(({ fromSample: begin, samples }) => fromSample < begin + samples.length);
    if (chunk === undefined) return new Int16Array(0);
    const offset = Math.max(0, fromSample - chunk.fromSample);
    return chunk.samples.subarray(offset, offset + count);
  }

  /** Where reading begins so that nothing of the open utterances is missed. */
  get replayFrom(): number {
    return this.utterances[0]?.fromSample ?? this.written;
  }

  private forget(): void {
    const { idleSamples, samplesMax } = this.limits;
    const needed = Math.max(Math.min(this.replayFrom, this.written - idleSamples), this.written - samplesMax);
    const keepFrom = this.chunks.findIndex(({ fromSample, samples }) => fromSample + samples.length > needed);
    this.chunks.splice(0, keepFrom < 0 ? this.chunks.length : keepFrom);
  }
}
