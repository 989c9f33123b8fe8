import { z } from 'zod';
import type { CallSummary } from '../../domain/call/call-summary.js';
import { type CallUsage, addUsage, usageOf, utcDay } from '../../domain/call/call-usage.js';
import { parsedLine } from './history-line.js';

const COUNT = z.number().nonnegative();
const USAGE = z.object({
  calls: COUNT, answeredCalls: COUNT, connectedMs: COUNT,
  speech: z.array(z.object({ provider: z.string(), recognisedMs: COUNT, synthesisedCharacters: COUNT })),
});
/** What one call counts, or all calls of a day whose own lines are gone. `day`: on which they began. */
const LINE = z.union([z.object({ callId: z.string(), day: z.iso.date(), usage: USAGE }), z.object({ day: z.iso.date(), usage: USAGE })]);

export interface CountedCall {
  /** On which it began (UTC). */
  readonly day: string;
  readonly usage: CallUsage;
}

/** What a ledger says: the last line of a call counts. */
export interface LedgerContent {
  readonly calls: Map<string, CountedCall>;
  /** By day: of calls without lines of their own. */
  readonly sums: Map<string, CallUsage>;
}

/** Null: that call has no time. */
export function usageLine(call: CallSummary): string | null {
  const startedMs = Date.parse(call.startedAt);
  return Number.isNaN(startedMs) ? null : JSON.stringify({ callId: call.callId, day: utcDay(startedMs), usage: usageOf(call) });
}

export function sumLine(day: string, usage: CallUsage): string {
  return JSON.stringify({ day, usage });
}

/** Takes up more of a ledger's text; torn lines are ignored. */
export function readInto(content: LedgerContent, text: string): void {
  for (const line of text.split('\n')) {
    const parsed = parsedLine(LINE, line);
    if (parsed === null) continue;
    const { day, usage } = parsed;
    if ('callId' in parsed) content.calls.set(parsed.callId, { day, usage });
    else content.sums.set(day, usage);
  }
}

export function sumsOf({ calls, sums }: LedgerContent): ReadonlyMap<string, CallUsage> {
  const byDay = new Map(sums);
  for (const { day, usage } of calls.values()) {
    const before = byDay.get(day);
    byDay.set(day, before === undefined ? usage : addUsage(before, usage));
  }
  return byDay;
}
