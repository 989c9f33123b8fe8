import { ReplyFailure, type Output } from './wire.js';

/** Outputs of one reply, at most. */
const OUTPUTS_MAX = 20_000;

/**
 * One reply: generated once, read by whoever asks for the turn, from its beginning. When its last reader leaves before
 * the end the generation is stopped, and the turn may be asked for anew.
 */
export class TurnLog {
  private readonly outputs: Output[] = [];
  private readonly stop = new AbortController();
  private readonly waiting = new Set<() => void>();
  private readers = 0;
  private end: { readonly failure: ReplyFailure | null } | null = null;

  constructor(generate: (signal: AbortSignal) => AsyncIterable<Output>) {
    void this.run(generate);
  }

  get abandoned(): boolean {
    return this.stop.signal.aborted;
  }

  /** Nobody wants the reply any more. Does nothing to a reply that is complete. */
  abandon(): void {
    if (this.end === null) this.stop.abort();
  }

  /** The whole reply, as it comes. Ends early when `signal` aborts. Throws ReplyFailure. */
  async *read(signal: AbortSignal): AsyncGenerator<Output, void, undefined> {
    this.readers += 1;
    const onAbort = (): void => { this.wake(); };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (let at = 0; ; at += 1) {
        await this.until(at, signal);
        const output = this.outputs[at];
        if (output === undefined || signal.aborted) break;
        yield output;
      }
      this.throwFailure(signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.readers -= 1;
      if (this.readers === 0) this.abandon();
    }
  }

  /** The output at `at` is there, or none will come. */
  private async until(at: number, signal: AbortSignal): Promise<void> {
    while (at >= this.outputs.length && this.end === null && !signal.aborted) await new Promise<void>((resolve) => { this.waiting.add(resolve); });
  }

  private throwFailure(signal: AbortSignal): void {
    if (!signal.aborted && this.end !== null && this.end.failure !== null) throw this.end.failure;
  }

  /** Never throws: what happens to the generator happens to its readers. */
  private async run(generate: (signal: AbortSignal) => AsyncIterable<Output>): Promise<void> {
    let failure: ReplyFailure | null = null;
    try {
      for await (const output of generate(this.stop.signal)) {
        if (this.abandoned) break;
        if (this.outputs.length >= OUTPUTS_MAX) throw new ReplyFailure('reply_too_long', false);
        this.outputs.push(output);
        this.wake();
      }
    } catch (error) {
      failure = error instanceof ReplyFailure ? error : new ReplyFailure('internal', false);
      if (!(error instanceof ReplyFailure) && !this.abandoned) process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
    if (this.abandoned) failure = new ReplyFailure('superseded', false); // whatever else it died of is of no interest
    this.end = { failure };
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
