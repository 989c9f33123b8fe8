import type { CallAccount, TenantUsage, UsagePeriod } from '../application.js';
import { storyOf } from '../../domain/call/call-story.js';
import { type CallFilter, type CallSummary, isWanted, summaryOf } from '../../domain/call/call-summary.js';
import { type CallUsage, NO_USAGE, addUsage, dayStartMs, usageOf, wholeDays } from '../../domain/call/call-usage.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { type CallHistory, type CallPage, PAGE_CALLS_MAX, type PageRequest } from '../ports/call-history.js';
import type { CallRepository } from '../ports/call-repository.js';
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
}

/** Sums that are made at one time: of one tenant one, so that what the first had to count the next one finds; of all so many. */
const COUNTING_MAX = 4;

/** What can be asked of calls, past and running, by those who manage a tenant. */
export class CallArchive {
  private readonly counting = new Turns({ atOnceMax: COUNTING_MAX });

  constructor(private readonly ports: CallArchivePorts) {}

  async calls(tenantId: TenantId, filter: CallFilter, page: PageRequest, signal: AbortSignal): Promise<CallPage> {
    const { repository, kept } = this.ports;
    if (kept !== null) return kept.history.list(tenantId, filter, page, signal);
    const live = await repository.findLive({ tenantId }, PAGE_CALLS_MAX, signal);
    const calls = live.map(({ record }) => summaryOf(record, [])).filter((call) => isWanted(call, filter));
    return { calls: calls.slice(0, Math.max(1, page.limit)), cursor: null };
  }

  async call(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<CallAccount | null> {
    const { kept } = this.ports;
    const [past, running] = await Promise.all([kept?.history.find(tenantId, callId, signal) ?? null, this.running(tenantId, callId, signal)]);
    // The end is told to both at one time, and the history learns of it a little later.
    const call = past?.call.state === 'ended' ? past.call : running ?? past?.call ?? null;
    return call === null ? null : { call, story: kept === null ? null : storyOf(past?.events ?? []) };
  }

  async usage(tenantId: TenantId, { from, to }: UsagePeriod, signal: AbortSignal): Promise<TenantUsage | null> {
    const { kept } = this.ports;
    if (kept === null) return null;
    return this.counting.take(tenantId, signal, async () => {
      const days = wholeDays(from, to);
      const edges = days === null ? [{ from, to }] : [{ from, to: startOf(days.from) }, { from: startOf(days.to), to }];
      let sum = days === null ? NO_USAGE : await kept.history.usage(tenantId, days, signal);
      for (const edge of edges) if (Date.parse(edge.from) < Date.parse(edge.to)) sum = addUsage(sum, await this.usageByList(tenantId, edge, signal));
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
  private async usageByList(tenantId: TenantId, { from, to }: UsagePeriod, signal: AbortSignal): Promise<CallUsage> {
    let sum = NO_USAGE;
    for (let cursor: string | null = null, more = true; more;) {
      const page: CallPage = await this.calls(tenantId, { startedFrom: from, startedTo: to }, { limit: PAGE_CALLS_MAX, cursor }, signal);
      for (const call of page.calls) sum = addUsage(sum, usageOf(call));
      ({ cursor } = page);
      more = cursor !== null;
    }
    return sum;
  }

  private async running(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<CallSummary | null> {
    const record = (await this.ports.repository.find(callId, signal))?.record;
    return record?.tenantId !== tenantId || record.state === 'ended' ? null : summaryOf(record, []);
  }
}

function startOf(day: string): string {
  return new Date(dayStartMs(day)).toISOString();
}
