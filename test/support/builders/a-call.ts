import { Call, type CallRecord, type Instant } from '../../../src/domain/call/call.js';
import { agentId, callId, legId, tenantId } from '../../../src/domain/shared/ids.js';

/** The record of an inbound call that rings. */
export function aCallRecord(deviations: Partial<CallRecord> = {}): CallRecord {
  return {
    callId: callId('01JCTEST000000000000000001'),
    tenantId: tenantId('north-bank'),
    channelId: legId('1732104000.1'),
    conversationId: null,
    state: 'ringing',
    direction: 'inbound',
    callerNumber: '+15550100',
    calleeNumber: '5551000',
    startedAt: '2026-11-20T12:00:00.000Z',
    answeredAt: null,
    endedAt: null,
    endReason: null,
    agentId: agentId('card-delivery'),
    sttProvider: 'local',
    ttsProvider: 'local',
    metadata: { trunk: 'trunk', correlationId: 'edge-1' },
    ownerNode: 'node-1',
    fence: 1,
    lastSequence: 1,
    turnIndex: 0,
    transcript: [],
    awaitedDigits: null,
    callDeadlineAt: '2026-11-20T13:00:00.000Z',
    ...deviations,
  };
}

/** A call freshly offered, at `at`. */
export function aCall(deviations: Partial<CallRecord> = {}, at: Instant = { wall: '2026-11-20T12:00:00.000Z', ms: 1000 }): Call {
  return Call.start(aCallRecord(deviations), at).call;
}
