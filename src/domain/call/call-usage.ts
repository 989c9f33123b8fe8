import type { CallSummary } from './call-summary.js';
import type { SpeechUse } from './speech-use.js';

const DAY_MS = 86_400_000;
/** Sums of a day are kept for so long, or as long as its calls if that is longer: the last year can be charged for, and asked about. */
export const USAGE_DAYS = 400;

/** When all calls of a day have their first summary, after its end. */
const SETTLED_MS = 3_600_000;

/** What calls have used: what is charged for. */
export interface CallUsage {
  readonly calls: number;
  readonly answeredCalls: number;
  /** Answer to end, of the answered calls that have ended. */
  readonly connectedMs: number;
  /** Of calls that have ended, by provider in the order of names; none of which nothing was used. */
  readonly speech: readonly SpeechUse[];
}

/** Days as YYYY-MM-DD, UTC: from the first on, before the last. */
export interface DaySpan {
  readonly from: string;
  readonly to: string;
}

export const NO_USAGE: CallUsage = { calls: 0, answeredCalls: 0, connectedMs: 0, speech: [] };

/** What one call counts as it stands. A later summary of the same call takes the place of this. */
export function usageOf({ answeredAt, endedAt, speech }: Pick<CallSummary, 'answeredAt' | 'endedAt' | 'speech'>): CallUsage {
  const connectedMs = answeredAt === null || endedAt === null ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(answeredAt));
  return { calls: 1, answeredCalls: answeredAt === null ? 0 : 1, connectedMs, speech: added([], speech) };
}

export function addUsage(one: CallUsage, other: CallUsage): CallUsage {
  return {
    calls: one.calls + other.calls, answeredCalls: one.answeredCalls + other.answeredCalls, connectedMs: one.connectedMs + other.connectedMs,
    speech: other.speech.length === 0 ? one.speech : added(one.speech, other.speech),
  };
}

/** The day (UTC) of a time. */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** Begin of a day (UTC), milliseconds. */
export function dayStartMs(day: string): number {
  return Date.parse(`${day}T00:00:00.000Z`);
}

/** Whether a day is over and no call of it comes any more. */
export function isSettled(day: string, nowMs: number): boolean {
  return nowMs >= dayStartMs(day) + DAY_MS + SETTLED_MS;
}

/** Days for which sums stay where calls stay for `retentionDays`. */
export function usageDays(retentionDays: number): number {
  return Math.max(USAGE_DAYS, retentionDays);
}

/** All days of a span, in order. */
export function daysOf({ from, to }: DaySpan): readonly string[] {
  const days: string[] = [];
  for (let ms = dayStartMs(from); ms < dayStartMs(to); ms += DAY_MS) days.push(utcDay(ms));
  return days;
}

/** The same span with as many days more on both sides. */
export function widened({ from, to }: DaySpan, days: number): DaySpan {
  return { from: utcDay(dayStartMs(from) - days * DAY_MS), to: utcDay(dayStartMs(to) + days * DAY_MS) };
}

/** The same span without what is `days` old and older; perhaps it is empty. */
export function youngerThan({ from, to }: DaySpan, days: number, nowMs: number): DaySpan {
  const oldest = utcDay(nowMs - days * DAY_MS);
  return { from: from < oldest ? oldest : from, to };
}

/** The days that lie wholly between two times (ISO 8601); null: there is none. */
export function wholeDays(from: string, to: string): DaySpan | null {
  const [first, last] = [Math.ceil(Date.parse(from) / DAY_MS) * DAY_MS, Math.floor(Date.parse(to) / DAY_MS) * DAY_MS];
  return first < last ? { from: utcDay(first), to: utcDay(last) } : null;
}

function added(some: readonly SpeechUse[], more: readonly SpeechUse[]): readonly SpeechUse[] {
  const byProvider = new Map(some.map((use) => [use.provider, use]));
  for (const { provider, recognisedMs, synthesisedCharacters } of more) {
    if (recognisedMs === 0 && synthesisedCharacters === 0) continue;
    const before = byProvider.get(provider);
    byProvider.set(provider, {
      provider, recognisedMs: (before?.recognisedMs ?? 0) + recognisedMs, synthesisedCharacters: (before?.synthesisedCharacters ?? 0) + synthesisedCharacters,
    });
  }
  return [...byProvider.values()].sort((a, b) => (a.provider < b.provider ? -1 : 1));
}
