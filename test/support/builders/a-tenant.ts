import { tenantId } from '../../../src/domain/shared/ids.js';
import type { Tenant } from '../../../src/domain/tenant/tenant.js';
import { aProfile } from './a-profile.js';

/** A valid, active tenant: DID 5551000 → its first agent. */
export function aTenant(deviations: Partial<Tenant> = {}): Tenant {
  const agents = deviations.agents ?? [aProfile()];
  return {
    id: tenantId('north-bank'),
    name: 'North Bank',
    active: true,
    concurrentCallsMax: 20,
    callDurationMaxMs: 3_600_000,
    speechLimits: {},
    dids: agents.slice(0, 1).map((agent) => ({ number: '5551000', agentId: agent.id })),
    ...deviations,
    agents,
  };
}
