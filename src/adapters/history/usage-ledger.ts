import type { Clock } from '../../application/ports/clock.js';
import type { CallSummary } from '../../domain/call/call-summary.js';
import { type CallUsage, type DaySpan, NO_USAGE, addUsage, daysOf, isSettled, widened } from '../../domain/call/call-usage.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { type HistoryFiles, dayOf } from './history-files.js';
import type { UsageFiles } from './usage-files.js';
import { type LedgerContent, readInto, sumLine, sumsOf, usageLine } from './usage-line.js';

/** Calls of an earlier version that are read between two writes of new ones. */
const MISSED_AT_ONCE = 50;
/** Days whose sums are remembered, and those of them whose calls are: about 300 bytes a call. */
const SUMS_MAX = 2000;
const CONTENTS_MAX = 8;
/** Of a day whose calls are all in the ledger. */
const COUNTED = 'counted';

export interface UsageLedgerOptions {
  readonly ledgers: UsageFiles;
  readonly history: HistoryFiles;
  readonly clock: Clock;
  /** The last summary that is kept of a call. */
  readonly summary: (tenantId: TenantId, callId: CallId) => Promise<CallSummary | null>;
  /** While it works, no summary is written. */
  readonly exclusive: <Result>(act: () => Promise<Result>) => Promise<Result>;
}

export interface CallChange {
  readonly call: CallSummary;
  /** The summary that was told before; null where that is not known. */
  readonly before: CallSummary | null;
}

interface Known {
  /** Of the file, taken up so far. */
  bytes: number;
  /** Null: only the sums are remembered. */
  content: LedgerContent | null;
  sums: ReadonlyMap<string, CallUsage>;
}

/**
 * What calls count: a line per call and change, the last one of a call being true, so that a line more does no harm. It is written
 * before the summary it is of: no call is kept that is not counted, but for those of a version that had no ledger.
 */
export class UsageLedger {
  private readonly known = new Map<string, Known>();

  constructor(private readonly options: UsageLedgerOptions) {}

  /** Each ledger is opened once. */
  async tell(changes: readonly CallChange[]): Promise<void> {
    const texts = new Map<string, { readonly tenantId: TenantId; readonly day: string; text: string }>();
    for (const { call, before } of changes) {
      const line = usageLine(call);
      if (line === null || (before !== null && usageLine(before) === line)) continue;
      const day = dayOf(call.callId);
      const known = texts.get(keyOf(call.tenantId, day));
      if (known === undefined) texts.set(keyOf(call.tenantId, day), { tenantId: call.tenantId, day, text: `\n${line}\n` });
      else known.text += `${line}\n`;
    }
    for (const { tenantId, day, text } of texts.values()) await this.options.ledgers.append(tenantId, day, text);
  }

  async usage(tenantId: TenantId, span: DaySpan, signal: AbortSignal): Promise<CallUsage> {
    const { ledgers, history } = this.options;
    const { from, to } = widened(span, 1); // an id is made a little before or after the call begins
    const kept = new Set([...await ledgers.days(tenantId), ...await history.days(tenantId)]);
    const wanted = daysOf(span);
    let sum = NO_USAGE;
    for (const day of [...kept].filter((some) => some >= from && some < to)) {
      await this.countMissed(tenantId, day, signal);
      const sums = (await this.read(tenantId, day)).sums;
      for (const [began, usage] of sums) if (wanted.includes(began)) sum = addUsage(sum, usage);
    }
    return sum;
  }

  /** Of a day whose calls expire, only its sums stay. */
  async settle(tenantId: TenantId, day: string, signal: AbortSignal): Promise<void> {
    await this.countMissed(tenantId, day, signal);
    const { content } = await this.read(tenantId, day, true);
    if (content === null || content.calls.size === 0) return;
    const lines = [...sumsOf(content)].map(([began, usage]) => sumLine(began, usage));
    await this.options.ledgers.replace(tenantId, day, `${lines.join('\n')}\n`);
    this.known.delete(keyOf(tenantId, day));
  }

  /** Counts the calls that a version without a ledger has kept. */
  private async countMissed(tenantId: TenantId, day: string, signal: AbortSignal): Promise<void> {
    const { history, clock } = this.options;
    if (await history.isMarked(tenantId, day, COUNTED)) return;
    const ids = await history.calls(tenantId, day);
    if (ids.length === 0) return;
    const isOver = isSettled(day, Date.parse(clock.wallTime()));
    const { content } = await this.read(tenantId, day, true);
    const missed = ids.filter((callId) => content?.calls.has(callId) !== true);
    for (let at = 0; at < missed.length; at += MISSED_AT_ONCE) {
      signal.throwIfAborted();
      await this.options.exclusive(() => this.count(tenantId, day, missed.slice(at, at + MISSED_AT_ONCE)));
    }
    if (isOver) await history.mark(tenantId, day, COUNTED);
  }

  private async count(tenantId: TenantId, day: string, callIds: readonly CallId[]): Promise<void> {
    const calls = await Promise.all(callIds.map((callId) => this.options.summary(tenantId, callId)));
    const lines = calls.flatMap((call) => (call === null ? [] : usageLine(call) ?? []));
    if (lines.length > 0) await this.options.ledgers.append(tenantId, day, `\n${lines.join('\n')}\n`);
  }

  /** As the ledger is now: of what is known, only what came since is read. */
  private async read(tenantId: TenantId, day: string, withCalls = false): Promise<Known> {
    const key = keyOf(tenantId, day);
    const size = await this.options.ledgers.size(tenantId, day);
    const before = this.known.get(key);
    if (before?.bytes === size && (before.content !== null || !withCalls)) return this.remember(key, before);
    const known = before === undefined || before.content === null || before.bytes > size ? nothingKnown() : before;
    const [content, fromByte] = [known.content ?? emptyContent(), known.bytes];
    const text = size === 0 ? '' : await this.options.ledgers.read(tenantId, day, { fromByte, toByte: size });
    const whole = text.slice(0, text.lastIndexOf('\n') + 1); // somebody may be writing the rest
    readInto(content, whole);
    known.bytes = fromByte + Buffer.byteLength(whole); // by its own count: another reader may have been here meanwhile
    known.sums = sumsOf(content);
    return this.remember(key, known);
  }

  private remember(key: string, known: Known): Known {
    this.known.delete(key);
    this.known.set(key, known);
    for (const [oldest] of this.known) if (this.known.size > SUMS_MAX) this.known.delete(oldest);
    const withCalls = [...this.known.values()].filter(({ content }) => content !== null && content.calls.size > 0);
    for (const each of withCalls.slice(0, -CONTENTS_MAX)) each.content = null;
    return known;
  }
}

function nothingKnown(): Known {
  return { bytes: 0, content: emptyContent(), sums: new Map() };
}

function emptyContent(): LedgerContent {
  return { calls: new Map(), sums: new Map() };
}

function keyOf(tenantId: TenantId, day: string): string {
  return `${day}/${tenantId}`;
}
