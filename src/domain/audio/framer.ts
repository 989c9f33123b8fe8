/** Cuts a stream that arrives in chunks of any size into frames of exactly `frameSamples`. */
export class Framer {
  private readonly frame: Int16Array;
  private filled = 0;

  constructor(readonly frameSamples: number) {
    this.frame = new Int16Array(frameSamples);
  }

  /** Samples waiting for the rest of their frame. */
  get pending(): number {
    return this.filled;
  }

  /** Calls `emit` once per complete frame, in order. The frame is valid during the call only: its memory is used again. */
  push(chunk: Int16Array, emit: (frame: Int16Array) => void): void {
    let offset = 0;
    while (offset < chunk.length) {
      const wanted = Math.min(this.frameSamples - this.filled, chunk.length - offset);
      this.frame.set(chunk.subarray(offset, offset + wanted), this.filled);
      this.filled += wanted;
      offset += wanted;
      if (this.filled < this.frameSamples) return;
      this.filled = 0;
      emit(this.frame);
    }
  }

  /** Emits what is left, padded with silence to a whole frame; nothing when nothing is left. */
  flush(emit: (frame: Int16Array) => void): void {
    if (this.filled === 0) return;
    this.frame.fill(0, this.filled);
    this.filled = 0;
    emit(this.frame);
  }

  /** Forgets the unfinished frame. */
  reset(): void {
    this.filled = 0;
  }
}
