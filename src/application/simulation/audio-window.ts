interface Chunk {
  readonly position: number;
  readonly samples: Int16Array;
}

/** The most recent audio of a track, so that a stretch of it can be had later. Bounded: the oldest is dropped. */
export class AudioWindow {
  private readonly chunks: Chunk[] = [];
  private kept = 0;

  constructor(private readonly samplesMax: number) {}

  /** Copies `samples`. */
  append(samples: Int16Array, position: number): void {
    this.chunks.push({ position, samples: samples.slice() });
    this.kept += samples.length;
    while (this.kept > this.samplesMax) this.dropOldest();
  }

  /** The samples from one position to before another, silence where nothing is kept; everything up to there is forgotten. */
  take(from: number, to: number): Int16Array {
    const out = new Int16Array(Math.max(0, Math.min(to - from, this.samplesMax)));
    for (const { position, samples } of this.chunks) {
      const begin = Math.max(0, from - position);
      const end = Math.min(samples.length, from + out.length - position);
      if (begin < end) out.set(samples.subarray(begin, end), position + begin - from);
    }
    while ((this.chunks[0]?.position ?? Infinity) + (this.chunks[0]?.samples.length ?? 0) <= to) this.dropOldest();
    return out;
  }

  private dropOldest(): void {
    this.kept -= this.chunks.shift()?.samples.length ?? 0;
  }
}
