import { z } from 'zod';
import type { CallSummary } from '../../domain/call/call-summary.js';
import { inOrder } from '../../domain/call/event-order.js';
import type { DomainEvent } from '../../domain/shared/domain-event.js';

/** One line of a call's file. Of what another version of this program wrote, only that is demanded which is worked with. */
const LINE = z.union([
  z.object({ call: z.looseObject({ callId: z.string(), tenantId: z.string(), state: z.string(), startedAt: z.string(), callerNumber: z.string(), calleeNumber: z.string() }) }),
  z.object({ event: z.looseObject({ id: z.string(), sequence: z.number(), occurredAt: z.string(), atMs: z.number(), body: z.looseObject({ type: z.string() }) }) }),
]);
const CALL_LINE = '{"call":';

/** What is to be added to a file. It begins with a new line: what a crash has torn before stays apart. */
export function linesOf(call: CallSummary | null, events: readonly DomainEvent[]): string {
  const lines = events.map((event) => JSON.stringify({ event }));
  if (call !== null) lines.push(JSON.stringify({ call }));
  return `\n${lines.join('\n')}\n`;
}

/** `call`: as it was told last; null: never. */
export interface CallContent {
  readonly call: CallSummary | null;
  readonly events: readonly DomainEvent[];
}

/** What a file holds; torn lines are ignored. */
export function contentOf(text: string): CallContent {
  let call: CallSummary | null = null;
  const events: DomainEvent[] = [];
  for (const line of text.split('\n')) {
    const parsed = parsedLine(LINE, line);
    if (parsed === null) continue;
    if ('call' in parsed) call = parsed.call as unknown as CallSummary; // ids are branded only for the compiler, here and below
    else events.push(parsed.event as unknown as DomainEvent);
  }
  return { call, events: inOrder(events) };
}

/** The last summary in a file, without reading its events. */
export function summaryIn(text: string): CallSummary | null {
  for (const line of text.split('\n').reverse()) {
    const parsed = line.startsWith(CALL_LINE) ? parsedLine(LINE, line) : null;
    if (parsed !== null && 'call' in parsed) return parsed.call as unknown as CallSummary;
  }
  return null;
}

/** A line of one of our files; null: it is none. */
export function parsedLine<Schema extends z.ZodType>(schema: Schema, line: string): z.infer<Schema> | null {
  if (line === '') return null;
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return null; // torn by a crash, or no line of ours: the others count
  }
}
