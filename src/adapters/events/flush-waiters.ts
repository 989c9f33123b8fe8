import { PortError } from '../../application/ports/port-error.js';

interface Waiter {
  /** Number of the last event that must be delivered. */
  readonly upTo: number;
  readonly resolve: () => void;
}

/** Those who wait until a number of events is delivered. */
export class FlushWaiters {
  private delivered = 0;
  private waiters: Waiter[] = [];

  /** Rejects with PortError `events/timeout` when `signal` aborts first. */
  until(upTo: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        reject(new PortError('events were not delivered in time', { code: 'events/timeout', kind: 'timeout' }));
      };
      const waiter: Waiter = { upTo, resolve: () => { signal.removeEventListener('abort', onAbort); resolve(); } };
      if (signal.aborted) { onAbort(); return; }
      if (this.delivered >= upTo) { resolve(); return; }
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiters.push(waiter);
    });
  }

  /** So many more were delivered. */
  advance(events: number): void {
    this.delivered += events;
    const { waiters } = this;
    this.waiters = waiters.filter(({ upTo }) => upTo > this.delivered);
    for (const { upTo, resolve } of waiters) if (upTo <= this.delivered) resolve();
  }
}
