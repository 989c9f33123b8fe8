import { z } from 'zod';
import type { AddressedOrder } from '../../../application/ports/call-orders.js';
import { ERASED_CALLS_MAX, kindOf, isObstacle, OBSTACLES, type OrderObstacle, type OrderOutcome } from '../../../domain/call/call-order.js';

/** More than any order is long. */
const MESSAGE_CHARACTERS_MAX = 100_000;

const ORDER = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hang-up') }),
  z.object({
    type: z.literal('transfer'), attended: z.boolean(), briefing: z.string(),
    target: z.discriminatedUnion('kind', [z.object({ kind: z.literal('extension'), extension: z.string() }), z.object({ kind: z.literal('number'), number: z.string() }), z.object({ kind: z.literal('queue'), queue: z.string() })]),
  }),
  z.object({ type: z.literal('send-dtmf'), digits: z.string() }),
  z.object({ type: z.literal('say'), text: z.string() }),
  z.object({ type: z.literal('recording'), act: z.enum(['pause', 'resume', 'stop', 'refuse']) }),
]);
const NODE_ORDER = z.object({ type: z.literal('erase-subject'), tenantId: z.string(), number: z.string(), callIds: z.array(z.string()).max(ERASED_CALLS_MAX).default([]) }); // nodes before 2026-11 named no calls
const WAY = { id: z.string(), answerTo: z.string() };
const QUESTION = z.union([z.object({ ...WAY, callId: z.string(), order: ORDER }), z.object({ ...WAY, callId: z.null(), order: NODE_ORDER })]);
/** `obstacle`: what stands in the way exactly. Nodes of the version before neither send nor read it; one that is unknown here is another version's. */
const ANSWER = z.object({
  id: z.string(), outcome: z.enum(['accepted', 'not-live', 'wrong-state', 'not-allowed', 'not-possible', 'failed']),
  obstacle: z.enum(Object.keys(OBSTACLES) as [OrderObstacle, ...OrderObstacle[]]).optional().catch(undefined),
});

/** An order on its way, and the channel that its answer goes to. */
export type OrderQuestion = AddressedOrder & {
  readonly id: string;
  readonly answerTo: string;
};

export interface OrderAnswer {
  readonly id: string;
  readonly outcome: OrderOutcome;
}

/** Null: that is no order. */
export function decodeQuestion(text: string): OrderQuestion | null {
  return parsed(QUESTION, text) as OrderQuestion | null; // ids are branded only for the compiler
}

/** Null: that is no answer. */
export function decodeAnswer(text: string): OrderAnswer | null {
  const answer = parsed(ANSWER, text);
  return answer === null ? null : { id: answer.id, outcome: answer.obstacle ?? answer.outcome };
}

export function encodeMessage(message: OrderQuestion | OrderAnswer): string {
  if (!('outcome' in message)) return JSON.stringify(message);
  const { id, outcome } = message;
  return JSON.stringify(isObstacle(outcome) ? { id, outcome: kindOf(outcome), obstacle: outcome } : { id, outcome });
}

function parsed<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  if (text.length > MESSAGE_CHARACTERS_MAX) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null; // another version's, or nobody's: whoever sent it hears nothing and gives up at its deadline
  }
}
