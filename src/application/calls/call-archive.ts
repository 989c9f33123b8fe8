import type { CallAccount, KnownCalls, TenantUsage, UsagePeriod } from '../application.js';
import { storyOf } from '../../domain/call/call-story.js';
import { type CallFilter, type CallSummary, isWanted, summaryOf } from '../../domain/call/call-summary.js';
import { type CallUsage, NO_USAGE, addUsage, dayStartMs, usageOf, wholeDays } from '../../domain/call/call-usage.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { type CallHistory, type CallPage, type KeptCall, PAGE_CALLS_MAX, type PageRequest } from '../ports/call-history.js';
import type { CallRepository } from '../ports/call-repository.js';
import { isPortError, PortError } from '../ports/port-error.js';
import { Turns } from '../lifecycle/turns.js';

/** Where past calls are, and the way of what waits to get there. */
export interface KeptHistory {
  readonly history: CallHistory;
  readonly writer: { flush(signal: AbortSignal): Promise<void> };
}

export interface CallArchivePorts {
  /** What is known of running calls is newer here. */
  readonly repository: CallRepository;
  /** Null: none is kept. */
  readonly kept: KeptHistory | null;
  /** Whether nothing can be known of the calls of other nodes now. */
  readonly away: () => boolean;
  /** Whether lists of running calls have those of this node alone now: also for a while after that. */
  readonly ownOnly: () => boolean;
}

/** Sums that are made at one time: of one tenant one, so that what the first had to count the next one finds; of all so many. */
const COUNTING_MAX = 4;

const PARTIAL = { partial: true } as const;

/** What can be asked of calls, past and running, by those who manage a tenant. */
export class CallArchive {
  private readonly counting = new Turns({ atOnceMax: COUNTING_MAX });

  constructor(private readonly ports: CallArchivePorts) {}

  async calls(tenantId: TenantId, filter: CallFilter, page: PageRequest, signal: AbortSignal): Promise<KnownCalls> {
    const { kept, ownOnly } = this.ports;
    if (kept === null) {
      const before = ownOnly();
      const running = await this.runningCalls(tenantId, filter, page, signal);
      return { ...running, ...(before || ownOnly() ? PARTIAL : {}) };
    }
    try {
      return await kept.history.list(tenantId, filter, page, signal);
    } catch (error) {
      if (!isAway(error, signal) || page.cursor !== null || !mayRun(filter)) throw error; // where that page went on nobody knows here
      return { ...await this.runningCalls(tenantId, filter, page, signal), ...PARTIAL };
    }
  }

  async call(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<CallAccount | null> {
    const [past, running] = await Promise.all([this.past(tenantId, callId, signal), this.running(tenantId, callId, signal)]);
    if (past === 'away') return running === null ? unknowable() : { call: running, story: null, ...PARTIAL };
    const call = newest(past?.call ?? null, running);
    if (call !== null) return { call, story: this.ports.kept === null ? null : storyOf(past?.events ?? []) };
    return this.ports.away() ? unknowable() : null;
  }

  async usage(tenantId: TenantId, { from, to }: UsagePeriod, signal: AbortSignal): Promise<TenantUsage | null> {
    const { kept } = this.ports;
    if (kept === null) return null;
    return this.counting.take(tenantId, signal, async () => {
      const days = wholeDays(from, to);
      const edges = days === null ? [{ from, to }] : [{ from, to: startOf(days.from) }, { from: startOf(days.to), to }];
      let sum = days === null ? NO_USAGE : await kept.history.usage(tenantId, days, signal);
      for (const edge of edges) if (Date.parse(edge.from) < Date.parse(edge.to)) sum = addUsage(sum, await this.usageByList(kept, tenantId, edge, signal));
      return { from, to, ...sum };
    });
  }

  async eraseCall(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<boolean> {
    const { kept } = this.ports;
    if (kept === null || await this.running(tenantId, callId, signal) !== null) return false;
    await kept.writer.flush(signal); // what waits would bring it back
    return kept.history.erase(tenantId, callId, signal);
  }

  /** Which ones there were. */
  async eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly CallId[]> {
    const { kept } = this.ports;
    if (kept === null) return [];
    await kept.writer.flush(signal);
    return kept.history.eraseSubject(tenantId, number, signal);
  }

  /** Of a part of a day, call by call: only those that are still kept. */
  private async usageByList({ history }: KeptHistory, tenantId: TenantId, { from, to }: UsagePeriod, signal: AbortSignal): Promise<CallUsage> {
    let sum = NO_USAGE;
    for (let cursor: string | null = null, more = true; more;) {
      const page: CallPage = await history.list(tenantId, { startedFrom: from, startedTo: to }, { limit: PAGE_CALLS_MAX, cursor }, signal);
      for (const call of page.calls) sum = addUsage(sum, usageOf(call));
      ({ cursor } = page);
      more = cursor !== null;
    }
    return sum;
  }

  /** As the state of calls has them, which while it is away is that of this node's own. */
  private async runningCalls(tenantId: TenantId, filter: CallFilter, { limit }: PageRequest, signal: AbortSignal): Promise<CallPage> {
    const live = await this.ports.repository.findLive({ tenantId }, PAGE_CALLS_MAX, signal);
    const calls = live.map(({ record }) => summaryOf(record, [])).filter((call) => isWanted(call, filter));
    return { calls: calls.slice(0, Math.max(1, limit)), cursor: null };
  }

  private async past(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<KeptCall | 'away' | null> {
    try {
      return await this.ports.kept?.history.find(tenantId, callId, signal) ?? null;
    } catch (error) {
      if (!isAway(error, signal)) throw error;
      return 'away';
    }
  }

  private async running(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<CallSummary | null> {
    const record = (await this.ports.repository.find(callId, signal))?.record;
    return record?.tenantId !== tenantId || record.state === 'ended' ? null : summaryOf(record, []);
  }
}

/** The history could not be reached or did not answer: not that it refused, nor that nobody wants the answer any more. */
function isAway(error: unknown, signal: AbortSignal): boolean {
  return !signal.aborted && isPortError(error) && error.retryable && (error.kind === 'unavailable' || error.kind === 'timeout');
}

/** The end is told to both at one time, and the history learns of it a little later. */
function newest(past: CallSummary | null, running: CallSummary | null): CallSummary | null {
  return past?.state === 'ended' ? past : running ?? past;
}

/** It may be a call of another node. */
function unknowable(): never {
  throw new PortError('nobody can say now whether there is such a call', { code: 'call-history/unavailable', kind: 'unavailable' });
}

/** Whether a running call may be among those that are wanted. */
function mayRun({ states, endReason }: CallFilter): boolean {
  return endReason === undefined && (states === undefined || states.some((state) => state !== 'ended'));
}

function startOf(day: string): string {
  return new Date(dayStartMs(day)).toISOString();
}
