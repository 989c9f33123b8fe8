import { BACKLOG_MS } from '../../../application/ports/live-feed.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';

export interface KeptEvent {
  readonly number: number;
  readonly atMs: number;
  readonly event: DomainEvent;
}

/** The newest events of one scope. */
export class EventBacklog {
  /** Number of the last event that is not kept any more. */
  private forgotten = 0;
  private kept: KeptEvent[] = [];

  constructor(private readonly eventsMax: number) {}

  add(entry: KeptEvent): void {
    this.kept.push(entry);
    if (this.kept.length > 2 * this.eventsMax) this.forget(this.kept.length - this.eventsMax); // in bulk: it is moved once per many events
  }

  /** Null: events after `number` are missing. */
  since(number: number): readonly KeptEvent[] | null {
    return number < this.forgotten ? null : this.kept.filter((entry) => entry.number > number);
  }

  get all(): readonly KeptEvent[] {
    return this.kept;
  }

  trim(nowMs: number): void {
    const young = this.kept.findIndex(({ atMs }) => nowMs - atMs < BACKLOG_MS);
    this.forget(Math.max(young === -1 ? this.kept.length : young, this.kept.length - this.eventsMax));
  }

  private forget(count: number): void {
    this.forgotten = this.kept[count - 1]?.number ?? this.forgotten;
    this.kept = this.kept.slice(count);
  }
}
