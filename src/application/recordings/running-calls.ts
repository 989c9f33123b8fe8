import type { CallRecord } from '../../domain/call/call.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';

/** Running calls of a tenant that are looked at; there are fewer of one tenant. */
const LIVE_CALLS_MAX = 20_000;
const LOOK_UP_MS_MAX = 1000;

/** All running calls of a tenant, at any node. Throws what the repository throws. */
export async function runningCalls({ repository, clock }: { readonly repository: Pick<CallRepository, 'findLive'>; readonly clock: Clock }, tenantId: TenantId, signal?: AbortSignal): Promise<readonly CallRecord[]> {
  const live = await withinDeadline(clock, LOOK_UP_MS_MAX, (limit) => repository.findLive({ tenantId }, LIVE_CALLS_MAX, limit), signal);
  return live.map(({ record }) => record);
}
