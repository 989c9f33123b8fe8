import type { CallAccount, TenantUsage, UsagePeriod } from '../application.js';
import { storyOf } from '../../domain/call/call-story.js';
import { type CallFilter, type CallSummary, isWanted, summaryOf } from '../../domain/call/call-summary.js';
import type { SpeechUse } from '../../domain/call/speech-use.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { type CallHistory, type CallPage, PAGE_CALLS_MAX, type PageRequest } from '../ports/call-history.js';
import type { CallRepository } from '../ports/call-repository.js';

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

/** What can be asked of calls, past and running, by those who manage a tenant. */
export class CallArchive {
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
    let [calls, answeredCalls, connectedMs] = [0, 0, 0];
    const speech = new Map<string, SpeechUse>();
    for (let cursor: string | null = null, more = true; more;) {
      const page: CallPage = await kept.history.list(tenantId, { startedFrom: from, startedTo: to }, { limit: PAGE_CALLS_MAX, cursor }, signal);
      for (const call of page.calls) {
        calls += 1;
        answeredCalls += call.answeredAt === null ? 0 : 1;
        connectedMs += connectedMsOf(call);
        for (const use of call.speech) speech.set(use.provider, sum(speech.get(use.provider), use));
      }
      ({ cursor } = page);
      more = cursor !== null;
    }
    const byName = [...speech.values()].sort((a, b) => (a.provider < b.provider ? -1 : 1));
    return { from, to, calls, answeredCalls, connectedMs, speech: byName };
  }

  async eraseCall(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<boolean> {
    const { kept } = this.ports;
    if (kept === null || await this.running(tenantId, callId, signal) !== null) return false;
    await kept.writer.flush(signal); // what waits would bring it back
    return kept.history.erase(tenantId, callId, signal);
  }

  async eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<number> {
    const { kept } = this.ports;
    if (kept === null) return 0;
    await kept.writer.flush(signal);
    return kept.history.eraseSubject(tenantId, number, signal);
  }

  private async running(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<CallSummary | null> {
    const record = (await this.ports.repository.find(callId, signal))?.record;
    return record?.tenantId !== tenantId || record.state === 'ended' ? null : summaryOf(record, []);
  }
}

function connectedMsOf({ answeredAt, endedAt }: CallSummary): number {
  return answeredAt === null || endedAt === null ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(answeredAt));
}

function sum(before: SpeechUse | undefined, { provider, recognisedMs, synthesisedCharacters }: SpeechUse): SpeechUse {
  return {
    provider, recognisedMs: (before?.recognisedMs ?? 0) + recognisedMs,
    synthesisedCharacters: (before?.synthesisedCharacters ?? 0) + synthesisedCharacters,
  };
}
