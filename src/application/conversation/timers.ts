import type { Cancel, Clock } from '../ports/clock.js';

/** Named timers of one conversation: arming again moves the deadline, nothing fires after `clear`. */
export class Timers<Name extends string> {
  private readonly armed = new Map<Name, Cancel>();

  constructor(private readonly clock: Clock, private readonly fire: (name: Name) => void) {}

  /** Fires at clock time `atMs`, at once if that has passed. */
  arm(name: Name, atMs: number): void {
    this.cancel(name);
    this.armed.set(name, this.clock.after(Math.max(0, atMs - this.clock.nowMs()), () => {
      this.armed.delete(name);
      this.fire(name);
    }));
  }

  cancel(name: Name): void {
    this.armed.get(name)?.();
    this.armed.delete(name);
  }

  clear(): void {
    for (const cancel of this.armed.values()) cancel();
    this.armed.clear();
  }
}
