import { type CallHistory, type CallPage, type HistoryStep, type KeptCall, PAGE_CALLS_MAX, type PageRequest, SCANNED_CALLS_MAX } from '../../../application/ports/call-history.js';
import type { Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import { type CallFilter, type CallSummary, idRange, isWanted } from '../../../domain/call/call-summary.js';
import type { CallUsage, DaySpan } from '../../../domain/call/call-usage.js';
import { inOrder } from '../../../domain/call/event-order.js';
import { isOfNumber } from '../../../domain/recording/recording.js';
import type { CallId, TenantId } from '../../../domain/shared/ids.js';
import { firstUlidAt, isUlid, ulidTimeMs } from '../../../domain/shared/ulid-time.js';
import { decodeEvents, decodeSummary, encodeEvent } from './history-codec.js';
import type { RedisConnection, RedisScript } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisUsage } from './redis-usage.js';
import { APPEND_HISTORY, ERASE_HISTORY, FIND_HISTORY, LIST_HISTORY } from './scripts/history.js';
import { SummaryTexts } from './summary-texts.js';

const PORT = 'call-history';
const DAY_MS = 24 * 3_600_000;
/** Summaries read by one script. */
const READ_MAX = 200;
/** Scripts on their way at one time. */
const WRITES_AT_ONCE = 8;
/** Events given to one script; its arguments are a Lua stack of limited depth. */
const EVENTS_MAX = 500;

export interface RedisCallHistoryOptions {
  /** Stays the opener's to close. */
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly retentionDays: number;
  readonly transcriptDays: number;
  readonly clock: Clock;
}

interface Listed {
  readonly callId: CallId;
  /** Its summary, as Redis has it. */
  readonly text: string;
}

/** Calls of all nodes in Redis' memory: per call a summary, its events, and their words with an end of their own; per tenant the ids in order. */
export class RedisCallHistory implements CallHistory {
  private readonly sums: RedisUsage;
  private readonly summaries = new SummaryTexts();

  constructor(private readonly options: RedisCallHistoryOptions) {
    this.sums = new RedisUsage({ ...options, run: (...asked) => this.run(...asked) });
  }

  async append(steps: readonly HistoryStep[], signal: AbortSignal): Promise<void> {
    const waiting = steps.filter(({ callId }) => isUlid(callId)).flatMap((step) => inPieces(step));
    for (let at = 0; at < waiting.length; at += WRITES_AT_ONCE) {
      await Promise.all(waiting.slice(at, at + WRITES_AT_ONCE).map((step) => this.write(step, signal)));
    }
    if (signal.aborted) throw new PortError('the request was aborted', { code: `${PORT}/aborted`, kind: 'timeout', retryable: false });
  }

  async list(tenantId: TenantId, filter: CallFilter, page: PageRequest, signal: AbortSignal): Promise<CallPage> {
    if (page.cursor !== null && !isUlid(page.cursor)) throw new PortError('that is no cursor of a page', { code: `${PORT}/bad-cursor`, kind: 'rejected' });
    const limit = Math.min(PAGE_CALLS_MAX, Math.max(1, page.limit));
    const calls: CallSummary[] = [];
    let scanned = 0;
    for await (const some of this.newestFirst(tenantId, filter, { cursor: page.cursor, first: limit }, signal)) {
      for (const { callId, text } of some) {
        scanned += 1;
        const call = this.summaries.decode(tenantPart(tenantId), callId, text);
        if (call !== null && isWanted(call, filter)) calls.push(call);
        if (calls.length === limit || scanned === SCANNED_CALLS_MAX) return { calls, cursor: callId };
      }
    }
    return { calls, cursor: null };
  }

  async find(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<KeptCall | null> {
    const { summary: summaryKey, events: eventsKey, words: wordsKey } = this.keysOf(tenantId, callId);
    const reply = await this.run(FIND_HISTORY, [summaryKey, eventsKey, wordsKey], [], signal);
    const [summary, events, words] = reply as readonly [string | null, readonly string[], readonly string[]];
    if (summary === null) this.summaries.forget(tenantPart(tenantId), callId); // another node has erased it, or it has expired
    const found = summary === null || this.leftMs(callId, this.options.retentionDays) <= 0 ? null : this.summaries.decode(tenantPart(tenantId), callId, summary);
    if (found === null) return null;
    return { call: found, events: inOrder(decodeEvents(events, this.leftMs(callId, this.options.transcriptDays) > 0 ? words : [])) };
  }

  async erase(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<boolean> {
    const { index, summary, events, words } = this.keysOf(tenantId, callId);
    if (isUlid(callId)) await this.sums.countOne(tenantPart(tenantId), callId, signal);
    try {
      return await this.run(ERASE_HISTORY, [index, summary, events, words], [callId], signal) === 1;
    } finally {
      this.summaries.forget(tenantPart(tenantId), callId); // afterwards: a list that was on its way has been read by now
    }
  }

  async eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly CallId[]> {
    const erased: CallId[] = [];
    for await (const some of this.newestFirst(tenantId, {}, { cursor: null, first: READ_MAX }, signal)) {
      for (const { callId, text } of some) {
        const call = decodeSummary(text); // not kept: all of the tenant's calls are read here, and these are to be forgotten
        if (call !== null && isOfNumber(call, number) && await this.erase(tenantId, callId, signal)) erased.push(callId);
      }
    }
    this.summaries.forgetWhere(tenantPart(tenantId), (call) => isOfNumber(call, number)); // those that another node has erased
    return erased;
  }

  usage(tenantId: TenantId, days: DaySpan, signal: AbortSignal): Promise<CallUsage> {
    return this.sums.usage(tenantPart(tenantId), days, signal);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** `first`: so many at once, more only when they were not enough. */
  private async *newestFirst(tenantId: TenantId, filter: CallFilter, { cursor, first }: { readonly cursor: string | null; readonly first: number }, signal: AbortSignal): AsyncGenerator<readonly Listed[], void, undefined> {
    const { from, before } = idRange(filter, cursor, this.wallMs() - this.options.retentionDays * DAY_MS + 1);
    const { historyIndexPrefix, historyPrefix } = this.options.keys;
    const tenant = tenantPart(tenantId);
    let below: string = before;
    for (let count = Math.min(READ_MAX, first); ; count = READ_MAX) {
      const reply = await this.run(LIST_HISTORY, [historyIndexPrefix + tenant], [below, from, count, `${historyPrefix}${tenant}:`], signal) as readonly string[];
      const some = Array.from({ length: reply.length / 2 }, (_, at) => ({ callId: reply[2 * at] as CallId, text: reply[2 * at + 1] ?? '' }));
      yield some;
      if (some.length < count) return;
      below = some.at(-1)?.callId ?? from;
    }
  }

  private async write({ tenantId, callId, call, events }: HistoryStep, signal: AbortSignal): Promise<void> {
    const { retentionDays, transcriptDays } = this.options;
    const lifeMs = this.leftMs(callId, retentionDays);
    if (lifeMs <= 0) return;
    const oldest = firstUlidAt(this.wallMs() - retentionDays * DAY_MS);
    const { index, summary, events: eventsKey, words } = this.keysOf(tenantId, callId);
    await this.run(APPEND_HISTORY, [index, summary, eventsKey, words, this.sums.countedKey(tenantPart(tenantId), callId)], [
      callId, lifeMs, Math.max(0, Math.min(lifeMs, this.leftMs(callId, transcriptDays))), (retentionDays + 1) * DAY_MS,
      call === null ? '' : JSON.stringify(call), oldest, ...this.sums.countArgs(tenantPart(tenantId), call), ...events.flatMap(encodeEvent),
    ], signal);
  }

  private keysOf(tenantId: TenantId, callId: CallId): { readonly index: string; readonly summary: string; readonly events: string; readonly words: string } {
    const { historyIndexPrefix, historyPrefix } = this.options.keys;
    const tenant = tenantPart(tenantId);
    const summary = `${historyPrefix}${tenant}:${callId}`;
    return { index: historyIndexPrefix + tenant, summary, events: `${summary}:events`, words: `${summary}:words` };
  }

  /** Until the call is so many days old. */
  private leftMs(callId: CallId, days: number): number {
    return Math.floor(ulidTimeMs(callId) + days * DAY_MS - this.wallMs());
  }

  private wallMs(): number {
    return Date.parse(this.options.clock.wallTime());
  }

  private run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[], signal: AbortSignal): Promise<unknown> {
    return this.options.connection.run({ port: PORT, script, keys, args, signal });
  }
}

/** Without the colon that parts the names of keys. */
function tenantPart(tenantId: TenantId): string {
  return encodeURIComponent(tenantId);
}

/** Steps that one script can take. The summary goes with the last, so that it is never newer than the events. */
function inPieces(step: HistoryStep): readonly HistoryStep[] {
  if (step.events.length <= EVENTS_MAX) return [step];
  return [{ ...step, call: null, events: step.events.slice(0, EVENTS_MAX) }, ...inPieces({ ...step, events: step.events.slice(EVENTS_MAX) })];
}
