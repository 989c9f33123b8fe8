import type { DomainEvent } from '../../domain/shared/domain-event.js';

/** Carries domain events out: at least once, in order per call. */
export interface EventPublisher {
  /** Never blocks and never throws; what cannot be delivered now waits, bounded by the adapter's stated act on overflow. */
  publish(event: DomainEvent): void;
  /** Resolves when everything published before is durable. Throws PortError `events/*` when it cannot become so before the deadline. */
  flush(signal: AbortSignal): Promise<void>;
  /** Flushes (bounded) and frees everything. Idempotent. */
  close(): Promise<void>;
}
