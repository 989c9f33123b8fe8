import type { Clock } from '../../../application/ports/clock.js';
import type { CallSummary } from '../../../domain/call/call-summary.js';
import { type CallUsage, type DaySpan, NO_USAGE, addUsage, dayStartMs, daysOf, isSettled, usageDays, utcDay, widened, youngerThan } from '../../../domain/call/call-usage.js';
import type { CallId } from '../../../domain/shared/ids.js';
import { firstUlidAt, ulidTimeMs } from '../../../domain/shared/ulid-time.js';
import { decodeSummary } from './history-codec.js';
import type { RedisScript } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { COUNT_CALLS, READ_COUNTED, READ_MARKS, READ_SUMS } from './scripts/usage.js';
import { decodeSums, encodeCount } from './usage-codec.js';

const DAY_MS = 24 * 3_600_000;
/** Clocks of other nodes may be ahead by so much. */
const AHEAD_MS = 3_600_000;
/** Calls counted by one script: some milliseconds of the server. */
const COUNTED_AT_ONCE = 200;
const MARK = 'mark';

export interface RedisUsageOptions {
  readonly keys: RedisKeys;
  readonly retentionDays: number;
  readonly clock: Clock;
  readonly run: (script: RedisScript, keys: readonly string[], args: readonly (string | number)[], signal: AbortSignal) => Promise<unknown>;
}

/** Ids of calls to be counted, and the mark of their day afterwards. */
interface Range {
  readonly from: string;
  readonly before: string;
  readonly mark: 'open' | 'closed' | '';
}

/**
 * Sums of a tenant's days, changed in the same script as the summary they are of; and per call, in a hash per day of its id, what it
 * counted. Nodes of a version without sums may write beside us: a day is counted through once when it is first asked for, and once
 * more when it is over.
 */
export class RedisUsage {
  constructor(private readonly options: RedisUsageOptions) {}

  /** The key of what calls of that day counted, which APPEND_HISTORY wants. */
  countedKey(tenantPart: string, callId: CallId): string {
    return this.countedOf(tenantPart, utcDay(ulidTimeMs(callId)));
  }

  /** The arguments with which it counts a call. */
  countArgs(tenantPart: string, call: CallSummary | null): readonly [string, string, number] {
    const count = call === null ? '' : encodeCount(call);
    return [count, this.sumsPrefix(tenantPart), count === '' || call === null ? 0 : this.sumsLeftMs(utcDay(Date.parse(call.startedAt)))];
  }

  async usage(tenantPart: string, span: DaySpan, signal: AbortSignal): Promise<CallUsage> {
    const days = daysOf(youngerThan(span, this.daysKept, this.wallMs()));
    if (days.length === 0) return NO_USAGE;
    for (const day of await this.uncounted(tenantPart, span, signal)) await this.count(tenantPart, day, { from: firstUlidAt(dayStartMs(day)), before: firstUlidAt(dayStartMs(day) + DAY_MS), mark: this.markOf(day) }, signal);
    const sums = await this.options.run(READ_SUMS, days.map((day) => this.sumsPrefix(tenantPart) + day), [], signal) as readonly (readonly string[])[];
    return sums.reduce((sum, fields) => addUsage(sum, decodeSums(fields)), NO_USAGE);
  }

  /** Before its summary is erased: perhaps a version without sums has kept it. */
  async countOne(tenantPart: string, callId: CallId, signal: AbortSignal): Promise<void> {
    await this.count(tenantPart, utcDay(ulidTimeMs(callId)), { from: callId, before: `${callId}0`, mark: '' }, signal);
  }

  /** Days of ids that have to be counted through. */
  private async uncounted(tenantPart: string, span: DaySpan, signal: AbortSignal): Promise<readonly string[]> {
    const around = youngerThan(widened(span, 1), this.options.retentionDays + 1, this.wallMs()); // an id is made a little before or after the call begins
    const days = daysOf(around).filter((day) => dayStartMs(day) <= this.wallMs() + AHEAD_MS);
    const marks = await this.options.run(READ_MARKS, days.map((day) => this.countedOf(tenantPart, day)), [MARK], signal) as readonly string[];
    return days.filter((day, at) => marks[at] !== this.markOf(day));
  }

  private async count(tenantPart: string, day: string, { from, before, mark }: Range, signal: AbortSignal): Promise<void> {
    const counted = this.countedOf(tenantPart, day);
    const { historyIndexPrefix, historyPrefix } = this.options.keys;
    for (let below = before, more = true; more;) {
      const read = await this.options.run(READ_COUNTED, [historyIndexPrefix + tenantPart, counted], [below, from, COUNTED_AT_ONCE, `${historyPrefix}${tenantPart}:`], signal) as readonly string[];
      const calls = Array.from({ length: read.length / 3 }, (_, at) => ({ id: read[3 * at] ?? '', summary: decodeSummary(read[3 * at + 1] ?? ''), told: read[3 * at + 2] ?? '' }));
      more = calls.length === COUNTED_AT_ONCE;
      below = calls.at(-1)?.id ?? from;
      const changed = calls.flatMap(({ id, summary, told }) => {
        const count = summary === null ? '' : encodeCount(summary);
        return count === '' || count === told ? [] : [id, told, count];
      });
      await this.options.run(COUNT_CALLS, [counted], [(this.options.retentionDays + 1) * DAY_MS, this.sumsPrefix(tenantPart), this.sumsLeftMs(day), more ? '' : mark, ...changed], signal);
    }
  }

  private markOf(day: string): 'open' | 'closed' {
    return isSettled(day, this.wallMs()) ? 'closed' : 'open';
  }

  private sumsLeftMs(day: string): number {
    return dayStartMs(day) + (this.daysKept + 1) * DAY_MS - this.wallMs();
  }

  private get daysKept(): number {
    return usageDays(this.options.retentionDays);
  }

  private countedOf(tenantPart: string, day: string): string {
    return `${this.options.keys.historyCountedPrefix}${tenantPart}:${day}`;
  }

  private sumsPrefix(tenantPart: string): string {
    return `${this.options.keys.historyUsagePrefix}${tenantPart}:`;
  }

  private wallMs(): number {
    return Date.parse(this.options.clock.wallTime());
  }
}
