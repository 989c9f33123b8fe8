import type { DomainEvent, EventBody } from '../../../src/domain/shared/domain-event.js';
import { callId, eventId, tenantId } from '../../../src/domain/shared/ids.js';

let made = 0;

/** An event of the first test call; ids count up through a test run. */
export function aDomainEvent(body: EventBody = { type: 'call.answered', setupMs: 42 }, deviations: Partial<Omit<DomainEvent, 'body'>> = {}): DomainEvent {
  made += 1;
  return {
    id: eventId(`01JCEVENT${String(made).padStart(17, '0')}`),
    callId: callId('01JCTEST000000000000000001'),
    tenantId: tenantId('north-bank'),
    node: 'node-1',
    sequence: made,
    occurredAt: '2026-11-20T12:00:00.000Z',
    atMs: 1000,
    ...deviations,
    body,
  };
}
