import { z } from 'zod';
import type { StoredCall } from '../../../application/ports/call-repository.js';
import type { CallRecord } from '../../../domain/call/call.js';
import { TERMINATIONS, type TerminationReason } from '../../../domain/call/termination.js';

/** The record without what has a field of its own in the hash: scripts change those. */
const RECORD = z.object({
  callId: z.string(), tenantId: z.string(), channelId: z.string(), conversationId: z.string().nullable(),
  direction: z.enum(['inbound', 'outbound']), callerNumber: z.string(), calleeNumber: z.string(),
  startedAt: z.string(), answeredAt: z.string().nullable(), endedAt: z.string().nullable(),
  endReason: z.enum(Object.keys(TERMINATIONS) as [TerminationReason, ...TerminationReason[]]).nullable(),
  agentId: z.string(), sttProvider: z.string(), ttsProvider: z.string(), metadata: z.record(z.string(), z.string()),
  turnIndex: z.int().min(0), callDeadlineAt: z.string(),
  awaitedDigits: z.object({ min: z.int(), max: z.int(), terminator: z.string().nullable(), interDigitTimeoutMs: z.number(), secure: z.literal(true).optional() }).nullable(),
});

const FIELDS = z.object({
  version: z.coerce.number().int().min(1), fence: z.coerce.number().int(), owner: z.string(),
  state: z.enum(['ringing', 'answered', 'active', 'transferred', 'ended']), sequence: z.coerce.number().int(), record: z.string(),
});

/** What was said: it is forgotten before the rest. `question` is the one of the awaited digits. */
const WORDS = z.object({
  turns: z.array(z.object({ speaker: z.enum(['caller', 'agent']), text: z.string(), heard: z.string(), interrupted: z.boolean() })),
  question: z.string(),
});
const NO_WORDS: z.infer<typeof WORDS> = { turns: [], question: '' };

/** What FIND_CALL answers. */
const REPLY = z.tuple([z.array(z.string()), z.string().nullable()]);

/** Left out of the JSON. */
const HAS_FIELD = { ownerNode: undefined, fence: undefined, state: undefined, lastSequence: undefined };

export interface EncodedCall {
  /** JSON. */
  readonly record: string;
  /** JSON; empty for none. */
  readonly transcript: string;
}

export function encodeCall({ transcript: turns, awaitedDigits, ...record }: CallRecord): EncodedCall {
  const words: z.infer<typeof WORDS> = { turns: [...turns], question: awaitedDigits?.question ?? '' };
  return {
    record: JSON.stringify({ ...record, ...HAS_FIELD, awaitedDigits: awaitedDigits?.request ?? null }),
    transcript: turns.length === 0 && words.question === '' ? '' : JSON.stringify(words),
  };
}

/** Null: there is no such call. Throws when what is stored is not a call, as another version of this program may have left it. */
export function decodeCall(reply: unknown): StoredCall | null {
  const [pairs, transcript] = REPLY.parse(reply);
  if (pairs.length === 0) return null;
  const entries = Array.from({ length: pairs.length / 2 }, (_, index) => [pairs[2 * index], pairs[2 * index + 1]] as const);
  const { version, fence, owner, state, sequence, record } = FIELDS.parse(Object.fromEntries(entries));
  const { awaitedDigits: request, ...rest } = RECORD.parse(JSON.parse(record));
  const { turns, question } = transcript === null ? NO_WORDS : WORDS.parse(JSON.parse(transcript));
  const call = {
    ...rest, state, fence, ownerNode: owner, lastSequence: sequence,
    transcript: turns, awaitedDigits: request === null ? null : { request, question },
  };
  return { record: call as unknown as CallRecord, version }; // ids are plain strings in there, branded only for the compiler
}
