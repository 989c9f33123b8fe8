/** The latest audio of a stream, up to a limit: what a caller said just before somebody noticed that he speaks. */
export class RecentAudio {
  private readonly chunks: Int16Array[] = [];
  private samples = 0;

  constructor(private readonly samplesMax: number) {}

  /** Keeps a copy. */
  write(chunk: Int16Array): void {
    this.chunks.push(chunk.slice());
    this.samples += chunk.length;
    for (let oldest = this.chunks[0]; oldest !== undefined && this.samples - oldest.length >= this.samplesMax; oldest = this.chunks[0]) {
      this.samples -= oldest.length;
      this.chunks.shift();
    }
  }

  /** The last `count` samples, or all there are. */
  last(count: number): Int16Array {
    const wanted = Math.min(Math.round(count), this.samples);
    const audio = new Int16Array(wanted);
    let end = wanted;
    for (const chunk of this.chunks.toReversed()) {
      if (end === 0) break;
      const part = chunk.length > end ? chunk.subarray(chunk.length - end) : chunk;
      audio.set(part, end - part.length);
      end -= part.length;
    }
    return audio;
  }
}
