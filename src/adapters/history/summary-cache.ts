import type { CallSummary } from '../../domain/call/call-summary.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** About 1 kB each. */
const SUMMARIES_MAX = 10_000;

/** The summaries used last: lists are asked for again and again. */
export class SummaryCache {
  private readonly summaries = new Map<string, CallSummary>();

  get(tenantId: TenantId, callId: CallId): CallSummary | null {
    const key = keyOf(tenantId, callId);
    const found = this.summaries.get(key);
    if (found === undefined) return null;
    this.summaries.delete(key);
    this.summaries.set(key, found);
    return found;
  }

  put(call: CallSummary): void {
    const key = keyOf(call.tenantId, call.callId);
    this.summaries.delete(key);
    this.summaries.set(key, call);
    for (const [oldest] of this.summaries) {
      if (this.summaries.size <= SUMMARIES_MAX) return;
      this.summaries.delete(oldest);
    }
  }

  forget(tenantId: TenantId, callId: CallId): void {
    this.summaries.delete(keyOf(tenantId, callId));
  }
}

function keyOf(tenantId: TenantId, callId: CallId): string {
  return `${callId}/${tenantId}`;
}
