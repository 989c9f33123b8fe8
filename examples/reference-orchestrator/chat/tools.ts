import { z } from 'zod';
import { ReplyFailure, type Action } from '../wire.js';

/** A function call of the model, arguments as it wrote them. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

const digits = z.int().min(1).max(64);

const TOOLS = {
  transfer_call: {
    description: 'Transfers the caller to an extension of the telephone system.',
    parameters: z.object({ extension: z.string().regex(/^[A-Za-z0-9*#_-]{1,64}$/u) }),
  },
  consult_person: {
    description: 'Calls a person, tells them what the call is about and connects the caller when they take it. You are told when they do not.',
    parameters: z.object({ number: z.string().regex(/^\+?[0-9]{2,20}$/u), briefing: z.string().min(1).max(500) }),
  },
  transfer_to_queue: {
    description: 'Puts the caller into a queue where people take calls. You are told when nobody does.',
    parameters: z.object({ queue: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/u) }),
  },
  hang_up: { description: 'Ends the call after your words were heard.', parameters: z.object({}) },
  collect_digits: {
    description: 'Lets the caller type digits on the keypad after your words were heard.',
    parameters: z.object({ min: digits, max: digits }).refine(({ min, max }) => min <= max),
  },
  escalate: { description: 'Hands the caller over to a person.', parameters: z.object({ reason: z.string().max(200) }) },
} as const;

/** The tools as the API wants them described. */
export const TOOL_DESCRIPTIONS: readonly object[] = Object.entries(TOOLS).map(([name, { description, parameters }]) => ({
  type: 'function', function: { name, description, parameters: z.toJSONSchema(parameters) },
}));

/** What the gateway is to do; throws ReplyFailure for a call that makes no sense. */
export function actionOf(call: ToolCall): Action {
  switch (call.name) {
    case 'transfer_call': return { type: 'transfer', target: { kind: 'extension', ...read(TOOLS.transfer_call.parameters, call) } };
    case 'transfer_to_queue': return { type: 'transfer', target: { kind: 'queue', ...read(TOOLS.transfer_to_queue.parameters, call) } };
    case 'consult_person': {
      const { number, briefing } = read(TOOLS.consult_person.parameters, call);
      return { type: 'transfer', target: { kind: 'number', number }, mode: 'attended', briefing };
    }
    case 'hang_up': return { type: 'hangup' };
    case 'collect_digits': return { type: 'collect_digits', ...read(TOOLS.collect_digits.parameters, call), terminator: '#', inter_digit_timeout_ms: 4000 };
    case 'escalate': return { type: 'escalate', ...read(TOOLS.escalate.parameters, call) };
    default: throw new ReplyFailure('unknown_tool', false);
  }
}

function read<T extends z.ZodType>(schema: T, call: ToolCall): z.infer<T> {
  try {
    return schema.parse(JSON.parse(call.arguments === '' ? '{}' : call.arguments));
  } catch {
    throw new ReplyFailure('bad_tool_call', false); // the model's doing; what it wrote may hold the caller's words
  }
}
