import type { CallId, TenantId } from '../shared/ids.js';
import type { CallState } from './call.js';

interface Listed {
  readonly record: { readonly callId: CallId; readonly tenantId: TenantId; readonly ownerNode: string; readonly state: CallState; readonly startedAt: string };
}

/** Calls not ended, newest first, at most `limit`, of one tenant or node if named. */
export function liveCalls<Call extends Listed>(
  calls: Iterable<Call>, filter: { readonly tenantId?: TenantId; readonly ownerNode?: string }, limit: number,
): readonly Call[] {
  return [...calls]
    .filter(({ record }) => record.state !== 'ended'
      && (filter.tenantId === undefined || record.tenantId === filter.tenantId)
      && (filter.ownerNode === undefined || record.ownerNode === filter.ownerNode))
    .sort((a, b) => newestFirst(a.record, b.record))
    .slice(0, Math.max(0, limit));
}

function newestFirst(a: Listed['record'], b: Listed['record']): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? 1 : -1;
  return a.callId < b.callId ? 1 : -1;
}
