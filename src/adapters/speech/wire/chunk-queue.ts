import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk } from '../../../application/ports/text-to-speech.js';

/** Audio that waits to be taken; past it the provider is faster than anybody listens: 5 minutes of telephone audio. */
const SAMPLES_MAX = 5 * 60 * 16_000;

/** Audio on its way from a provider to the one who asked for it. Empty chunks are left out. */
export class ChunkQueue {
  private readonly chunks: SpeechChunk[] = [];
  private samples = 0;
  private ending: 'open' | 'complete' | PortError = 'open';
  private wake: () => void = () => undefined;

  constructor(private readonly signal: AbortSignal) {}

  push(chunk: SpeechChunk): void {
    if (this.ending !== 'open' || chunk.samples.length === 0) return;
    this.chunks.push(chunk);
    this.samples += chunk.samples.length;
    if (this.samples > SAMPLES_MAX) this.fail(new PortError('more audio than anybody takes', { code: 'text-to-speech/protocol', kind: 'protocol' }));
    this.wake();
  }

  /** All audio has come. */
  end(): void {
    if (this.ending === 'open') this.ending = 'complete';
    this.wake();
  }

  /** What came before is still read. */
  fail(error: PortError): void {
    if (this.ending === 'open') this.ending = error;
    this.wake();
  }

  /** Ends without an error when the signal aborts. */
  async *read(): AsyncGenerator<SpeechChunk, void, undefined> {
    const onAbort = (): void => { this.wake(); };
    this.signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        if (this.signal.aborted) return;
        const chunk = this.chunks.shift();
        if (chunk !== undefined) {
          this.samples -= chunk.samples.length;
          yield chunk;
        } else if (this.ending === 'complete') return;
        else if (this.ending !== 'open') throw this.ending;
        else await new Promise<void>((resolve) => { this.wake = resolve; });
      }
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }
}
