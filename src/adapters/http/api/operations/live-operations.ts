import { z } from 'zod';
import type { DomainEvent } from '../../../../domain/shared/domain-event.js';
import { eventsOperation, type Operation } from '../operation.js';
import { refuseUnknownTenant } from './known-tenant.js';
import { CALL_PARAMS } from './call-parameters.js';

/** An event as the stream tells it: the same fields as in Kafka, under `data`. */
function told({ body, ...envelope }: DomainEvent): unknown {
  return { ...envelope, data: Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'type')) };
}

const FAMILIES = ['call', 'stt', 'llm', 'tts', 'turn', 'caller', 'dtmf', 'pci', 'recording', 'error'] as const;

const streamEvents = eventsOperation({
  id: 'streamEvents', method: 'get', path: '/events', tag: 'Live', summary: 'What happens in calls, as it happens.',
  description: 'Server-sent events; `event` is the type of docs/events.md, `data` the event. Come back with `Last-Event-ID` (browsers do so by themselves) and nothing is missed that '
    + 'is not older than some minutes; where something may be missing, `gap` is told: read the calls anew. `current`: what was missed has been told. The stream ends with the token it was opened with.',
  permission: 'transcripts:read', takesTicket: true, scope: 'tenant', audited: false,
  params: z.object({}),
  query: z.strictObject({ callId: CALL_PARAMS.shape.callId.optional(), family: z.enum(FAMILIES).optional().meta({ description: 'Only events whose type begins with it.' }) }),
  body: null, answer: { kind: 'events', status: 200, doc: 'Events until you go.' }, problems: ['not-found'], example: {},
  handle: async (asked, application) => {
    const { tenantId, query: { callId, family }, lastEventId } = asked;
    await refuseUnknownTenant(asked, application);
    return (sink) => application.queries.follow({ tenantId }, lastEventId, (notice) => {
      if (notice.type !== 'event') { sink.send({ id: null, type: notice.type, data: {} }); return; }
      const { event, position } = notice;
      if ((callId !== undefined && event.callId !== callId) || (family !== undefined && !event.body.type.startsWith(`${family}.`))) { sink.pass(position); return; }
      sink.send({ id: position, type: event.body.type, data: told(event) });
    });
  },
});

export const LIVE_OPERATIONS: readonly Operation[] = [streamEvents];
