import type { DomainEvent, EventBody } from '../../src/domain/shared/domain-event.js';
import { callId, eventId, tenantId } from '../../src/domain/shared/ids.js';

/** Events of one call: begun, answered, four turns of five events, a silence, ended. */
export const EVENTS_PER_CALL = 24;
const TURNS = 4;
/** Calls whose events come mixed with one another. */
const CALLS_AT_ONCE = 20;
const TEXT = 'I have looked it up for you: the card was sent on Tuesday and should be with you by the end of the week.';
const LATENCY = { endpointMs: 500, sttFinalMs: 40, agentFirstTextMs: 180, ttsFirstAudioMs: 60, playoutMs: 12, totalMs: 792 };

/** `count` events of calls that go on side by side, in the order a gateway would publish them. */
export function* callStories(count: number): Generator<DomainEvent, void> {
  const perCrowd = CALLS_AT_ONCE * EVENTS_PER_CALL;
  for (let made = 0; made < count; made += 1) {
    const crowd = Math.floor(made / perCrowd);
    const within = made % perCrowd;
    yield eventOf(crowd * CALLS_AT_ONCE + (within % CALLS_AT_ONCE), Math.floor(within / CALLS_AT_ONCE));
  }
}

function eventOf(call: number, step: number): DomainEvent {
  return {
    id: eventId(`E${ordinal(call, 15)}${ordinal(step, 10)}`), callId: callId(`C${ordinal(call, 25)}`), tenantId: tenantId('north-bank'), node: 'node-1',
    sequence: step + 1, occurredAt: new Date(Date.UTC(2026, 10, 20) + call * 1000 + step * 2000).toISOString(), atMs: call * 1000 + step * 2000, body: bodyOf(step),
  };
}

function bodyOf(step: number): EventBody {
  if (step === 0) return { type: 'call.started', direction: 'inbound', callerNumber: '+15550100', calleeNumber: '5551000', agentId: 'card-delivery', trunk: 'trunk', correlationId: '' };
  if (step === 1) return { type: 'call.answered', setupMs: 42 };
  if (step === EVENTS_PER_CALL - 1) return { type: 'call.ended', result: 'success', reason: 'caller_hangup', durationMs: 61_000, turns: TURNS, speech: [] };
  if (step === EVENTS_PER_CALL - 2) return { type: 'caller.silent', attempt: 1 };
  const turnIndex = 1 + Math.floor((step - 2) / 5);
  return turnBody(turnIndex, (step - 2) % 5);
}

function turnBody(turnIndex: number, part: number): EventBody {
  switch (part) {
    case 0: return { type: 'stt.transcribed', turnIndex, text: 'where is my new card please', confidence: 0.9, via: 'speech', digitCount: 0, startAtMs: 1000, endAtMs: 2400 };
    case 1: return { type: 'llm.responded', turnIndex, text: TEXT, actions: [], firstTextMs: 180, totalMs: 900 };
    case 2: return { type: 'tts.generated', turnIndex, text: TEXT, source: 'agent', firstAudioMs: 60, audioMs: 5200 };
    case 3: return { type: 'turn.completed', turnIndex, source: 'agent', said: TEXT, heard: TEXT, interrupted: false, startedAtMs: 3192, endedAtMs: 8392, latency: LATENCY };
    default: return { type: 'dtmf.received' };
  }
}

const ordinal = (value: number, digits: number): string => String(value).padStart(digits, '0');
