import type { EventPublisher } from '../../../src/application/ports/event-publisher.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';

/** Delivers while it is not `away`; what came meanwhile waits in order, and `flush` with it. */
export class StallingEventPublisher implements EventPublisher {
  readonly delivered: DomainEvent[] = [];
  private readonly waiting: DomainEvent[] = [];
  private readonly flushes = new Set<() => void>();
  private gone = false;
  /** How many were handed over, repetitions too. */
  published = 0;

  set away(away: boolean) {
    this.gone = away;
    if (!away) this.deliver();
  }

  publish(event: DomainEvent): void {
    this.published += 1;
    this.waiting.push(event);
    if (!this.gone) this.deliver();
  }

  flush(signal: AbortSignal): Promise<void> {
    if (this.waiting.length === 0 && !signal.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.flushes.delete(done);
        reject(new PortError('not delivered in time', { code: 'events/timeout', kind: 'timeout' }));
      };
      const done = (): void => { signal.removeEventListener('abort', onAbort); resolve(); };
      if (signal.aborted) { onAbort(); return; }
      signal.addEventListener('abort', onAbort, { once: true });
      this.flushes.add(done);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private deliver(): void {
    this.delivered.push(...this.waiting.splice(0));
    for (const done of this.flushes) done();
    this.flushes.clear();
  }
}
