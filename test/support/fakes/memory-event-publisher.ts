import type { EventPublisher } from '../../../src/application/ports/event-publisher.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { DomainEvent, EventBody, EventType } from '../../../src/domain/shared/domain-event.js';

export interface MemoryEventPublisherOptions {
  /** Overflow act: past this the newest event is dropped and counted. */
  readonly eventsMax?: number;
}

/** Keeps what was published; durable means "still here". */
export class MemoryEventPublisher implements EventPublisher {
  private readonly kept: DomainEvent[] = [];
  private readonly eventsMax: number;
  private closed = false;
  dropped = 0;

  constructor(options: MemoryEventPublisherOptions = {}) {
    this.eventsMax = options.eventsMax ?? 100_000;
  }

  publish(event: DomainEvent): void {
    if (this.closed || this.kept.length >= this.eventsMax) { this.dropped += 1; return; }
    this.kept.push(event);
  }

  flush(signal: AbortSignal): Promise<void> {
    return signal.aborted
      ? Promise.reject(new PortError('flush was aborted', { code: 'events/timeout', kind: 'timeout' }))
      : Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  get events(): readonly DomainEvent[] {
    return this.kept;
  }

  /** Types in order of publication, of one call or of all. */
  types(callId?: string): readonly EventType[] {
    return this.kept.filter((event) => callId === undefined || event.callId === callId).map((event) => event.body.type);
  }

  /** Bodies of one type, in order. */
  ofType<T extends EventType>(type: T): readonly Extract<EventBody, { type: T }>[] {
    return this.kept.map((event) => event.body).filter((body): body is Extract<EventBody, { type: T }> => body.type === type);
  }
}
