import type { PortError } from '../ports/port-error.js';
import type { TranscriptEvent } from '../ports/speech-to-text.js';

/** Events nobody takes: past it the oldest partial goes. Finals are as few as utterances. */
const EVENTS_MAX = 100;

/** Events from whoever recognises now, to the one reader. */
export class TranscriptRelay {
  private readonly events: TranscriptEvent[] = [];
  private failure: PortError | null = null;
  private ended = false;
  private wake: () => void = () => undefined;

  push(event: TranscriptEvent): void {
    if (this.ended || this.failure !== null) return;
    if (this.events.at(-1)?.type === 'partial') this.events.pop();
    this.events.push(event);
    if (this.events.length > EVENTS_MAX) this.events.shift();
    this.wake();
  }

  fail(error: PortError): void {
    this.failure ??= error;
    this.wake();
  }

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
