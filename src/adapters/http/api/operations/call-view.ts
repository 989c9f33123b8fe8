import { z } from 'zod';
import type { CallRecord } from '../../../../domain/call/call.js';

const time = (doc: string) => z.iso.datetime().meta({ description: doc });

/** A call as lists show it. */
export const CALL_VIEW = z.object({
  callId: z.string().meta({ description: 'ULID; sorts by the time the call began.' }),
  tenantId: z.string(),
  state: z.enum(['ringing', 'answered', 'active', 'transferred', 'ended']),
  direction: z.enum(['inbound', 'outbound']),
  callerNumber: z.string(),
  calleeNumber: z.string(),
  agentId: z.string(),
  startedAt: time('When it began to ring.'),
  answeredAt: time('When it was answered.').nullable(),
  endedAt: time('When it ended.').nullable(),
  endReason: z.string().nullable().meta({ description: 'One of the closed table of reasons; null while it lives.' }),
  sttProvider: z.string(),
  ttsProvider: z.string(),
  turns: z.int().meta({ description: 'Turns of the caller.' }),
}).meta({ id: 'Call' });

export function callView(record: CallRecord): z.input<typeof CALL_VIEW> {
  const { callId, tenantId, state, direction, callerNumber, calleeNumber, agentId, startedAt, answeredAt, endedAt, endReason, sttProvider, ttsProvider, turnIndex } = record;
  return { callId, tenantId, state, direction, callerNumber, calleeNumber, agentId, startedAt, answeredAt, endedAt, endReason, sttProvider, ttsProvider, turns: turnIndex };
}
