import { PAST_ALL_ULIDS, firstUlidAt } from '../shared/ulid-time.js';
import type { DomainEvent } from '../shared/domain-event.js';
import type { CallRecord, CallState } from './call.js';
import type { CallDirection } from './call-events.js';
import type { LineCause } from './line-cause.js';
import type { SpeechUse } from './speech-use.js';
import type { TerminationReason } from './termination.js';

/** A call as lists show it: its record without words and without what only the node that runs it needs. JSON in, JSON out. */
export interface CallSummary extends Omit<CallRecord, 'channelId' | 'lastSequence' | 'turnIndex' | 'transcript' | 'awaitedDigits' | 'callDeadlineAt'> {
  /** With which the line ended, where that was the end of the call and a cause came with it. */
  readonly endCause?: LineCause;
  /** From offer to end; null while it goes on. */
  readonly durationMs: number | null;
  /** Turns of the caller; null while it goes on. */
  readonly turns: number | null;
  /** What the process that ended the call has used. */
  readonly speech: readonly SpeechUse[];
}

/** `events`: those on the way to `record`. The last of a call's summaries counts. */
export function summaryOf(record: CallRecord, events: readonly DomainEvent[]): CallSummary {
  const { callId, tenantId, conversationId, state, direction, callerNumber, calleeNumber, startedAt, answeredAt, endedAt, endReason } = record;
  const { agentId, sttProvider, ttsProvider, metadata, ownerNode, fence } = record;
  const end = events.map(({ body }) => body).find((body) => body.type === 'call.ended');
  return {
    callId, tenantId, conversationId, state, direction, callerNumber, calleeNumber, startedAt, answeredAt, endedAt, endReason,
    agentId, sttProvider, ttsProvider, metadata, ownerNode, fence,
    durationMs: end?.durationMs ?? null, turns: end?.turns ?? null, speech: end?.speech ?? [], ...(end?.cause === undefined ? {} : { endCause: end.cause }),
  };
}

/** Which calls are wanted; what is not given does not matter. */
export interface CallFilter {
  readonly states?: readonly CallState[] | undefined;
  readonly direction?: CallDirection | undefined;
  readonly agentId?: string | undefined;
  /** Of the caller or of the callee, as it was dialled or shown. */
  readonly number?: string | undefined;
  readonly endReason?: TerminationReason | undefined;
  /** ISO 8601 UTC, inclusive. */
  readonly startedFrom?: string | undefined;
  /** ISO 8601 UTC, exclusive. */
  readonly startedTo?: string | undefined;
}

export function isWanted(call: CallSummary, { states, direction, agentId, number, endReason, ...span }: CallFilter): boolean {
  const among = (value: unknown, wanted: unknown): boolean => wanted === undefined || wanted === value;
  return (states === undefined || states.includes(call.state)) && among(call.direction, direction) && among(call.agentId, agentId)
    && among(call.endReason, endReason) && (number === undefined || hasNumber(call, number)) && startedWithin(call, span);
}

/** Whether the caller or the callee has it. */
function hasNumber({ callerNumber, calleeNumber }: CallSummary, number: string): boolean {
  return number === callerNumber || number === calleeNumber;
}

function startedWithin(call: CallSummary, { startedFrom, startedTo }: Pick<CallFilter, 'startedFrom' | 'startedTo'>): boolean {
  const startedMs = Date.parse(call.startedAt);
  return (startedFrom === undefined || startedMs >= Date.parse(startedFrom)) && (startedTo === undefined || startedMs < Date.parse(startedTo));
}

/** A call id is made a moment before its call starts, perhaps by a clock that is a little off. */
const SLACK_MS = 60_000;

/** Ids from `from` on and below `before`: no wanted call is outside, so that the others need not be read. */
export interface IdRange {
  readonly from: string;
  readonly before: string;
}

/** `cursor`: the id of the last call seen, going back in time. `oldestMs`: what was made before is not kept. */
export function idRange({ startedFrom, startedTo }: CallFilter, cursor: string | null, oldestMs: number): IdRange {
  const fromMs = startedFrom === undefined ? oldestMs : Math.max(oldestMs, Date.parse(startedFrom) - SLACK_MS);
  const latest = startedTo === undefined ? PAST_ALL_ULIDS : firstUlidAt(Date.parse(startedTo) + SLACK_MS);
  return { from: firstUlidAt(fromMs), before: cursor !== null && cursor < latest ? cursor : latest };
}
