import type { Cancel, Clock } from '../ports/clock.js';

/** A wait that somebody else may cut short: a loop that backs off, woken when there is a reason to try at once. */
export class InterruptiblePause {
  private cancel: Cancel | null = null;
  private resolve: () => void = () => undefined;
  private over = false;

  constructor(private readonly clock: Clock) {}

  /** Resolves after `ms`, or when `hurry` or `end` is called. One at a time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.over) { resolve(); return; }
      this.resolve = resolve;
      this.cancel = this.clock.after(ms, () => { this.hurry(); });
    });
  }

  /** Ends the present wait, if there is one. */
  hurry(): void {
    this.cancel?.();
    this.cancel = null;
    this.resolve();
  }

  get ended(): boolean {
    return this.over;
  }

  /** Ends this and every later wait. */
  end(): void {
    this.over = true;
    this.hurry();
  }
}
