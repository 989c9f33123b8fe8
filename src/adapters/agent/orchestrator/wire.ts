import { z } from 'zod';
import type { AgentInput, AgentOutput, AgentTurn, ConversationRequest } from '../../../application/ports/agent.js';
import { PortError } from '../../../application/ports/port-error.js';
import { unreachable } from '../../../domain/shared/assert.js';
import { CONVERSATION_ID, DIALLED_NUMBER, EXTENSION, QUEUE, REPLY_LIMITS, TERMINATOR } from '../wire/reply-limits.js';

/*
 * What goes over the wire to and from agent-orchestrator, `docs/reference/orchestrator-contract.md` in code. Names are
 * snake_case as everywhere on the platform. Unknown fields are ignored, unknown values are not.
 */

/** Sizes beyond which an answer is not believed. */
export const WIRE_LIMITS = {
  eventBytesMax: 64 * 1024,
  streamBytesMax: 1024 * 1024,
  bodyBytesMax: 128 * 1024,
  ...REPLY_LIMITS,
} as const;

const openedSchema = z.object({
  conversation_id: z.string().regex(CONVERSATION_ID),
  greeting: z.string().max(WIRE_LIMITS.sayCharactersMax).nullish(),
});

const agentSchema = z.object({
  agent_id: z.string().min(1).max(128),
  name: z.string().max(200).nullish(),
  language: z.string().max(35).nullish(),
});

const targetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('extension'), extension: z.string().regex(EXTENSION) }),
  z.object({ kind: z.literal('number'), number: z.string().regex(DIALLED_NUMBER) }),
  z.object({ kind: z.literal('queue'), queue: z.string().regex(QUEUE) }),
]);

const outputSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('delta'), text: z.string() }),
  z.object({ type: z.literal('say'), text: z.string().min(1).max(WIRE_LIMITS.sayCharactersMax), interruptible: z.boolean().default(true) }),
  z.object({
    type: z.literal('transfer'), target: targetSchema, mode: z.enum(['blind', 'attended']).default('blind'),
    briefing: z.string().max(WIRE_LIMITS.briefingCharactersMax).default(''),
  }),
  z.object({ type: z.literal('hangup') }),
  z.object({
    type: z.literal('collect_digits'),
    min: z.int().min(1).max(64),
    max: z.int().min(1).max(64),
    terminator: z.string().regex(TERMINATOR).nullable().default('#'),
    inter_digit_timeout_ms: z.int().min(200).max(60_000).default(3000),
    secure: z.boolean().default(false),
  }).refine(({ min, max }) => min <= max, 'min is greater than max'),
  z.object({ type: z.literal('escalate'), reason: z.string().max(500).default('') }),
  z.object({ type: z.literal('end') }),
]);
type WireOutput = z.infer<typeof outputSchema>;

const OUTPUT_EVENTS: ReadonlySet<string> = new Set<WireOutput['type']>(['delta', 'say', 'transfer', 'hangup', 'collect_digits', 'escalate', 'end']);

const errorSchema = z.object({
  code: z.string().regex(/^[a-z0-9_.-]{1,64}$/u),
  retryable: z.boolean().default(false),
  retry_after_ms: z.int().min(0).max(3_600_000).optional(),
});

const replySchema = z.object({
  text: z.string().max(WIRE_LIMITS.textCharactersMax).default(''),
  actions: z.array(outputSchema).max(WIRE_LIMITS.actionsMax).default([]),
});

export interface AgentDescription {
  readonly agentId: string;
  readonly name: string | null;
  readonly language: string | null;
}

export function conversationBody(request: ConversationRequest): object {
  return {
    call_id: request.callId, tenant_id: request.tenantId, agent_id: request.agentId, language: request.language,
    direction: request.direction, caller_number: request.callerNumber, callee_number: request.calleeNumber,
  };
}

export function turnBody(turn: AgentTurn): object {
  return { turn_index: turn.turnIndex, input: wireInput(turn.input), heard: turn.heard };
}

function wireInput(input: AgentInput): object {
  switch (input.kind) {
    case 'speech': return { type: 'speech', text: input.text, confidence: input.confidence };
    case 'digits': return { type: 'digits', digits: input.digits, complete: input.complete };
    case 'sealed-digits': return {
      type: 'sealed_digits', token: input.token, length: input.length, last_four: input.lastFour, complete: input.complete,
      ...(input.failure === null ? {} : { error: input.failure.replaceAll('-', '_') }),
    };
    case 'silence': return { type: 'silence', attempt: input.attempt };
    case 'transfer-failed': return { type: 'transfer_failed', reason: input.reason };
    default: return unreachable(input);
  }
}

export function readOpened(body: string): { readonly conversationId: string; readonly greeting: string | null } {
  const opened = parse(openedSchema, json(body));
  const greeting = opened.greeting?.trim() ?? '';
  return { conversationId: opened.conversation_id, greeting: greeting === '' ? null : greeting };
}

export function readAgent(body: string): AgentDescription {
  const agent = parse(agentSchema, json(body));
  return { agentId: agent.agent_id, name: agent.name ?? null, language: agent.language ?? null };
}

/** A whole reply in one JSON body: its text first, then its actions in order. */
export function readReply(body: string): readonly AgentOutput[] {
  const reply = parse(replySchema, json(body));
  const text: readonly AgentOutput[] = reply.text === '' ? [] : [{ type: 'text', delta: reply.text }];
  return [...text, ...reply.actions.map(toOutput)];
}

/** One event of a reply stream. Null: an event of a newer contract, to be passed over. Throws what an `error` event says. */
export function readEvent(name: string, data: string): AgentOutput | 'done' | null {
  if (name === 'done') return 'done';
  if (name === 'error') throw failureOf(data);
  if (!OUTPUT_EVENTS.has(name)) return null;
  const value = data === '' ? {} : json(data);
  if (typeof value !== 'object' || value === null) throw garbage('event data is not an object');
  return toOutput(parse(outputSchema, { ...value, type: name }));
}

function toOutput(output: WireOutput): AgentOutput {
  switch (output.type) {
    case 'delta': return { type: 'text', delta: output.text };
    case 'collect_digits': return {
      type: 'collect-digits',
      digits: { min: output.min, max: output.max, terminator: output.terminator, interDigitTimeoutMs: output.inter_digit_timeout_ms, ...(output.secure ? { secure: true } : {}) },
    };
    case 'transfer': return { type: 'transfer', target: output.target, ...(output.mode === 'attended' ? { briefing: output.briefing } : {}) };
    case 'say': case 'hangup': case 'escalate': case 'end': return output;
    default: return unreachable(output);
  }
}

function failureOf(data: string): PortError {
  const { code, retryable, retry_after_ms: retryAfterMs } = parse(errorSchema, json(data));
  const kind = code === 'rate_limited' ? 'rate-limited' : code === 'timeout' ? 'timeout' : 'unavailable';
  return new PortError(`the orchestrator gave up the reply: ${code}`, {
    code: 'agent/failed', kind, retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw garbage('not JSON'); // no cause: the parser's message repeats the text, which may hold what a caller said, and causes are logged
  }
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Where and what kind, never the value: it may hold what a caller said.
  const issue = result.error.issues[0];
  throw garbage(`${issue?.path.join('.') ?? ''}: ${issue?.code ?? 'invalid'}`);
}

/** The orchestrator said something that is not in the contract. */
export function garbage(what: string, cause?: unknown): PortError {
  return new PortError(`unexpected answer of the orchestrator: ${what}`, { code: 'agent/protocol', kind: 'protocol', cause });
}
