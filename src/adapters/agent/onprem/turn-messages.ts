import type { AgentInput, AgentOutput, AgentTransferTarget, AgentTurn, ConversationRequest, DigitCollection } from '../../../application/ports/agent.js';
import { PortError } from '../../../application/ports/port-error.js';
import { unreachable } from '../../../domain/shared/assert.js';
import type { ConversationId } from '../../../domain/shared/ids.js';
import type { CollectDigits, Conversation, OpenRequest, Transfer, TurnRequest, TurnResponse } from '../../grpc/generated/voicegateway/speech/v1/language_model.js';
import type { ConversationOwner } from '../wire/conversation-owners.js';
import { DIALLED_NUMBER, EXTENSION, QUEUE, REPLY_LIMITS, TERMINATOR } from '../wire/reply-limits.js';

/* The port's words in those of proto/voicegateway/speech/v1/language_model.proto, and back. */

/* Numbers of CallDirection; a value of the stubs would load grpc-js before it is used. */
const INBOUND = 1;
const OUTBOUND = 2;
/* Of TransferMode. */
const ATTENDED = 2;

const DIGITS_MAX = 64;
const INTER_DIGIT_MS = { min: 200, max: 60_000, default: 3000 };
const REASON_CHARACTERS_MAX = 500;

export function openRequest({ direction, ...request }: ConversationRequest): OpenRequest {
  return { ...request, direction: direction === 'inbound' ? INBOUND : OUTBOUND };
}

export function conversation(conversationId: ConversationId, { callId, tenantId }: ConversationOwner): Conversation {
  return { conversationId, callId, tenantId };
}

export function turnRequest({ conversationId, idempotencyKey, turnIndex, input, heard }: AgentTurn, owner: ConversationOwner): TurnRequest {
  return { conversation: conversation(conversationId, owner), idempotencyKey, turnIndex, input: wireInput(input), heard: heard ?? undefined };
}

function wireInput(input: AgentInput): TurnRequest['input'] {
  switch (input.kind) {
    case 'speech': return { $case: 'speech', value: { text: input.text, confidence: input.confidence ?? undefined } };
    case 'digits': return { $case: 'digits', value: { digits: input.digits, complete: input.complete } };
    case 'sealed-digits': return { $case: 'sealedDigits', value: {
      token: input.token ?? '', length: input.length, lastFour: input.lastFour ?? '', complete: input.complete, error: input.failure?.replaceAll('-', '_') ?? '',
    } };
    case 'silence': return { $case: 'silence', value: { attempt: input.attempt } };
    case 'transfer-failed': return { $case: 'transferFailed', value: { reason: input.reason } };
    default: return unreachable(input);
  }
}

/** One response of a turn. Null: it belongs to a newer contract, or says nothing. @throws PortError agent/protocol */
export function readResponse({ response }: TurnResponse): AgentOutput | 'done' | null {
  switch (response?.$case) {
    case 'text': return response.value.delta === '' ? null : { type: 'text', delta: response.value.delta };
    case 'say': return { type: 'say', text: sayable(response.value.text), interruptible: response.value.interruptible };
    case 'transfer': return { type: 'transfer', target: target(response.value), ...briefing(response.value) };
    case 'hangUp': return { type: 'hangup' };
    case 'collectDigits': return { type: 'collect-digits', digits: collection(response.value) };
    case 'escalate': return { type: 'escalate', reason: response.value.reason.slice(0, REASON_CHARACTERS_MAX) };
    case 'end': return { type: 'end' };
    case 'done': return 'done';
    case undefined: return null;
    default: return unreachable(response);
  }
}

function sayable(text: string): string {
  if (text === '' || text.length > REPLY_LIMITS.sayCharactersMax) throw garbage(`a sentence of ${text.length} characters`);
  return text;
}

function target({ target: named }: Transfer): AgentTransferTarget {
  if (named?.$case === 'extension' && EXTENSION.test(named.value)) return { kind: 'extension', extension: named.value };
  if (named?.$case === 'number' && DIALLED_NUMBER.test(named.value)) return { kind: 'number', number: named.value };
  if (named?.$case === 'queue' && QUEUE.test(named.value)) return { kind: 'queue', queue: named.value };
  throw garbage('a transfer to nobody that can be dialled');
}

function briefing({ mode, briefing: words }: Transfer): { readonly briefing?: string } {
  return mode === ATTENDED ? { briefing: words.slice(0, REPLY_LIMITS.briefingCharactersMax) } : {};
}

function collection({ min, max, terminator, interDigitTimeoutMs, secure }: CollectDigits): DigitCollection {
  const waitMs = interDigitTimeoutMs === 0 ? INTER_DIGIT_MS.default : interDigitTimeoutMs;
  const sane = min >= 1 && min <= max && max <= DIGITS_MAX && waitMs >= INTER_DIGIT_MS.min && waitMs <= INTER_DIGIT_MS.max && (terminator === '' || TERMINATOR.test(terminator));
  if (!sane) throw garbage('digits that cannot be collected');
  return { min, max, terminator: terminator === '' ? null : terminator, interDigitTimeoutMs: waitMs, ...(secure ? { secure: true } : {}) };
}

/** The server said something that is not in the contract. What it said is not repeated: it may hold a caller's words. */
export function garbage(what: string): PortError {
  return new PortError(`unexpected answer of the language model: ${what}`, { code: 'agent/protocol', kind: 'protocol' });
}
