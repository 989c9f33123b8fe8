import { type CallHistory, type CallPage, type HistoryStep, type KeptCall, PAGE_CALLS_MAX, type PageRequest } from '../../../src/application/ports/call-history.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { isOfNumber } from '../../../src/domain/recording/recording.js';
import { type CallFilter, type CallSummary, idRange, isWanted } from '../../../src/domain/call/call-summary.js';
import { type CallUsage, type DaySpan, NO_USAGE, USAGE_DAYS, addUsage, usageOf, youngerThan } from '../../../src/domain/call/call-usage.js';
import { inOrder } from '../../../src/domain/call/event-order.js';
import { wordless } from '../../../src/domain/call/event-words.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';
import type { CallId, TenantId } from '../../../src/domain/shared/ids.js';
import { isUlid, ulidTimeMs } from '../../../src/domain/shared/ulid-time.js';

const DAY_MS = 24 * 3_600_000;

export interface MemoryCallHistoryOptions {
  readonly clock: Clock;
  readonly retentionDays: number;
  readonly transcriptDays: number;
}

interface Entry {
  readonly tenantId: TenantId;
  readonly callId: CallId;
  call: CallSummary | null;
  events: readonly DomainEvent[];
}

/** History that a test can look at, and make fail. */
export class MemoryCallHistory implements CallHistory {
  readonly entries: Entry[] = [];
  /** Appended so far, failures too. */
  appends = 0;
  failure: Error | null = null;
  private readonly counted = new Map<string, { readonly tenantId: TenantId; readonly day: string; readonly usage: CallUsage }>();

  constructor(private readonly options: MemoryCallHistoryOptions) {}

  append(steps: readonly HistoryStep[], signal: AbortSignal): Promise<void> {
    return this.act(signal, () => {
      this.appends += 1;
      if (this.failure !== null) throw this.failure;
      for (const { tenantId, callId, call, events } of steps) {
        let entry = this.entry(tenantId, callId);
        if (entry === undefined) this.entries.push(entry = { tenantId, callId, call: null, events: [] });
        entry.call = call ?? entry.call;
        if (call !== null) this.counted.set(`${callId}/${tenantId}`, { tenantId, day: call.startedAt.slice(0, 10), usage: usageOf(call) });
        entry.events = inOrder([...entry.events, ...events]);
      }
    });
  }

  list(tenantId: TenantId, filter: CallFilter, { limit, cursor }: PageRequest, signal: AbortSignal): Promise<CallPage> {
    return this.act(signal, () => {
      if (cursor !== null && !isUlid(cursor)) throw new PortError('that is no cursor of a page', { code: 'call-history/bad-cursor', kind: 'rejected' });
      const { from, before } = idRange(filter, cursor, this.wallMs() - this.options.retentionDays * DAY_MS + 1);
      const wanted = this.entries
        .flatMap((entry) => (entry.tenantId === tenantId && entry.call !== null && entry.callId >= from && entry.callId < before ? [entry.call] : []))
        .filter((call) => isWanted(call, filter)).sort((a, b) => (a.callId < b.callId ? 1 : -1));
      const calls = wanted.slice(0, Math.min(PAGE_CALLS_MAX, Math.max(1, limit)));
      return { calls, cursor: calls.length < wanted.length ? calls.at(-1)?.callId ?? null : null };
    });
  }

  find(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<KeptCall | null> {
    return this.act(signal, () => {
      const { call, events } = this.entry(tenantId, callId) ?? { call: null, events: [] };
      const ageMs = this.wallMs() - ulidTimeMs(callId);
      if (call === null || ageMs >= this.options.retentionDays * DAY_MS) return null;
      return { call, events: ageMs >= this.options.transcriptDays * DAY_MS ? events.map(wordless) : events };
    });
  }

  erase(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<boolean> {
    return this.act(signal, () => this.remove((entry) => entry.tenantId === tenantId && entry.callId === callId).length > 0);
  }

  eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly CallId[]> {
    return this.act(signal, () => this.remove((entry) => entry.tenantId === tenantId && entry.call !== null && isOfNumber(entry.call, number)));
  }

  usage(tenantId: TenantId, days: DaySpan, signal: AbortSignal): Promise<CallUsage> {
    const { from, to } = youngerThan(days, Math.max(USAGE_DAYS, this.options.retentionDays), this.wallMs());
    return this.act(signal, () => [...this.counted.values()].filter((one) => one.tenantId === tenantId && one.day >= from && one.day < to)
      .reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private entry(tenantId: TenantId, callId: CallId): Entry | undefined {
    return this.entries.find((entry) => entry.tenantId === tenantId && entry.callId === callId);
  }

  private remove(which: (entry: Entry) => boolean): readonly CallId[] {
    const removed = this.entries.filter(which);
    this.entries.splice(0, this.entries.length, ...this.entries.filter((entry) => !removed.includes(entry)));
    return removed.map(({ callId }) => callId);
  }

  private wallMs(): number {
    return Date.parse(this.options.clock.wallTime());
  }

  private async act<Result>(signal: AbortSignal, work: () => Result): Promise<Result> {
    await Promise.resolve();
    if (signal.aborted) throw new PortError('the request was aborted', { code: 'call-history/aborted', kind: 'timeout', retryable: false });
    return work();
  }
}
