import { z } from 'zod';

/* What the gateway sends and what it is answered: docs/reference/orchestrator-contract.md in code. */

const line = (charactersMax: number): z.ZodString => z.string().max(charactersMax);

export const conversationRequestSchema = z.object({
  call_id: line(128).min(1),
  tenant_id: line(128).min(1),
  agent_id: line(128).min(1),
  language: line(35).default('en-US'),
  direction: z.enum(['inbound', 'outbound']),
  caller_number: line(64),
  callee_number: line(64),
});
export type ConversationRequest = z.infer<typeof conversationRequestSchema>;

export const turnRequestSchema = z.object({
  turn_index: z.int().min(0),
  input: z.discriminatedUnion('type', [
    z.object({ type: z.literal('speech'), text: line(8000), confidence: z.number().nullish() }),
    z.object({ type: z.literal('digits'), digits: z.string().regex(/^[0-9A-D*#]{0,64}$/u), complete: z.boolean() }),
    z.object({
      type: z.literal('sealed_digits'), token: line(128).nullable(), length: z.int().min(0), last_four: z.string().regex(/^\d{4}$/u).nullable(), complete: z.boolean(),
      error: z.enum(['not_possible', 'not_stored', 'expired']).optional(),
    }),
    z.object({ type: z.literal('silence'), attempt: z.int().min(1) }),
    z.object({ type: z.literal('transfer_failed'), reason: line(200) }),
  ]),
  heard: z.object({ text: line(32_768), interrupted: z.boolean() }).nullish(),
});
export type TurnRequest = z.infer<typeof turnRequestSchema>;
export type TurnInput = TurnRequest['input'];

export const transferReportSchema = z.object({ target: line(200), outcome: line(200) });
export type TransferReport = z.infer<typeof transferReportSchema>;

export type TransferTarget =
  | { readonly kind: 'extension'; readonly extension: string }
  | { readonly kind: 'number'; readonly number: string }
  | { readonly kind: 'queue'; readonly queue: string };

/** Something that is done rather than said. */
export type Action =
  | { readonly type: 'transfer'; readonly target: TransferTarget; readonly mode?: 'blind' | 'attended'; readonly briefing?: string }
  | { readonly type: 'hangup' }
  | { readonly type: 'collect_digits'; readonly min: number; readonly max: number; readonly terminator: string | null; readonly inter_digit_timeout_ms: number }
  | { readonly type: 'escalate'; readonly reason: string }
  | { readonly type: 'end' };

export type Output =
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'say'; readonly text: string; readonly interruptible: boolean }
  | Action;

/** A reply cannot be finished: the gateway is told by an `error` event, or by a status when nothing was sent yet. */
export class ReplyFailure extends Error {
  override readonly name = 'ReplyFailure';

  constructor(readonly code: string, readonly retryable: boolean, readonly retryAfterMs?: number) {
    super(code);
  }
}
