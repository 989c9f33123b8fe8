import type { CallSummary } from '../../../domain/call/call-summary.js';
import { type CallUsage, NO_USAGE, addUsage, usageOf, utcDay } from '../../../domain/call/call-usage.js';

/** Fields of a day's sums; those of providers have the name after the colon. */
const [CALLS, ANSWERED, CONNECTED, RECOGNISED, SYNTHESISED] = ['calls', 'answered', 'connectedMs', 'recognisedMs:', 'synthesisedCharacters:'];

/** What a call counts, as the scripts take it; empty: it has no time. The same for the same. */
export function encodeCount(call: CallSummary): string {
  const startedMs = Date.parse(call.startedAt);
  if (Number.isNaN(startedMs)) return '';
  const { calls, answeredCalls, connectedMs, speech } = usageOf(call);
  const fields: [string, number][] = [[CALLS, calls], [ANSWERED, answeredCalls], [CONNECTED, connectedMs]];
  for (const { provider, recognisedMs, synthesisedCharacters } of speech) fields.push([RECOGNISED + provider, recognisedMs], [SYNTHESISED + provider, synthesisedCharacters]);
  return JSON.stringify({ day: utcDay(startedMs), add: Object.fromEntries(fields.map(([field, number]) => [field, Math.round(number)] as const).filter(([, number]) => number !== 0)) });
}

/** `fields`: name, number, name, number … */
export function decodeSums(fields: readonly string[]): CallUsage {
  let sums = NO_USAGE;
  for (let at = 0; at + 1 < fields.length; at += 2) sums = addUsage(sums, usageOfField(fields[at] ?? '', Number(fields[at + 1])));
  return sums;
}

function usageOfField(field: string, number: number): CallUsage {
  const provider = field.slice(field.indexOf(':') + 1);
  if (field === CALLS) return { ...NO_USAGE, calls: number };
  if (field === ANSWERED) return { ...NO_USAGE, answeredCalls: number };
  if (field === CONNECTED) return { ...NO_USAGE, connectedMs: number };
  if (field.startsWith(RECOGNISED)) return { ...NO_USAGE, speech: [{ provider, recognisedMs: number, synthesisedCharacters: 0 }] };
  return field.startsWith(SYNTHESISED) ? { ...NO_USAGE, speech: [{ provider, recognisedMs: 0, synthesisedCharacters: number }] } : NO_USAGE;
}
