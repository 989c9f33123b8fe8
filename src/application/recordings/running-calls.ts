import type { CallRecord } from '../../domain/call/call.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import { PortError } from '../ports/port-error.js';

/** Running calls of a tenant that are looked at; there are fewer of one tenant. */
const LIVE_CALLS_MAX = 20_000;
const LOOK_UP_MS_MAX = 1000;

/** All running calls of a tenant, at any node. Throws what the repository throws. */
export async function runningCalls({ repository, clock }: { readonly repository: Pick<CallRepository, 'findLive'>; readonly clock: Clock }, tenantId: TenantId, signal?: AbortSignal): Promise<readonly CallRecord[]> {
  const live = await withinDeadline(clock, LOOK_UP_MS_MAX, (limit) => repository.findLive({ tenantId }, LIVE_CALLS_MAX, limit), signal);
  return live.map(({ record }) => record);
}

/** A repository that lists running calls of all nodes or says that it cannot: `ownOnly` while it has those of this node alone. */
export function ofAllNodes(repository: Pick<CallRepository, 'findLive'>, ownOnly: () => boolean): Pick<CallRepository, 'findLive'> {
  const refuse = (): void => {
    if (ownOnly()) throw new PortError('nobody knows now which calls go on at other nodes', { code: 'call-repository/own-only', kind: 'unavailable' });
  };
  return {
    findLive: async (...asked) => {
      refuse();
      const found = await repository.findLive(...asked);
      refuse(); // the state may have been lost while it was asked
      return found;
    },
  };
}
