import type { DomainEvent } from '../shared/domain-event.js';

/**
 * The events of one call as they happened, each once. Two processes may have told of one call, when one was taken for dead:
 * their sequences overlap then.
 */
export function inOrder(events: readonly DomainEvent[]): readonly DomainEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()].sort(earlierFirst);
}

function earlierFirst(a: DomainEvent, b: DomainEvent): number {
  if (a.sequence !== b.sequence) return a.sequence - b.sequence;
  if (a.occurredAt !== b.occurredAt) return a.occurredAt < b.occurredAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
