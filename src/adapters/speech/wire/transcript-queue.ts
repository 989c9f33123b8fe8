import { PortError } from '../../../application/ports/port-error.js';
import type { TranscriptEvent } from '../../../application/ports/speech-to-text.js';

/** Events nobody takes; more means that the reader is gone. */
const EVENTS_MAX = 100;

/** Events on their way from a provider to the one reader of a stream. A partial replaces the partial before it. */
export class TranscriptQueue {
  private readonly events: TranscriptEvent[] = [];
  private failure: PortError | null = null;
  private ended = false;
  private wake: () => void = () => undefined;

  /** False once it has ended or failed: what comes then is dropped. */
  get open(): boolean {
    return !this.ended && this.failure === null;
  }

  push(event: TranscriptEvent): void {
    if (!this.open) return;
    if (this.events.at(-1)?.type === 'partial') this.events.pop();
    this.events.push(event);
    if (this.events.length > EVENTS_MAX) this.fail(new PortError(`${EVENTS_MAX} transcripts were not read`, { code: 'speech-to-text/not-read', kind: 'unavailable' }));
    this.wake();
  }

  /** The reader gets what came before, then this error. */
  fail(error: PortError): void {
    if (!this.open) return;
    this.failure = error;
    this.wake();
  }

  /** The reader gets nothing more. */
  end(): void {
    this.ended = true;
    this.events.length = 0;
    this.wake();
  }

  async *read(): AsyncGenerator<TranscriptEvent, void, undefined> {
    for (;;) {
      if (this.ended) return;
      const event = this.events.shift();
      if (event !== undefined) { yield event; continue; }
      if (this.failure !== null) throw this.failure;
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }
}
