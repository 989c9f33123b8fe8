import type { AgentProfile } from './agent-profile.js';
import type { Tenant } from './tenant.js';

export interface Route {
  readonly tenant: Tenant;
  readonly profile: AgentProfile;
}

export type RoutingRefusal = 'unknown-did' | 'tenant-inactive' | 'agent-missing';

/** Digits of a dialled number: carriers disagree about +, 00, spaces and dashes. */
export function normaliseNumber(number: string): string {
  const digits = number.replace(/[^0-9]/gu, '');
  return digits.startsWith('00') ? digits.slice(2) : digits;
}

/** Which agent of `tenant` answers `dialledNumber`. */
export function routeWithinTenant(tenant: Tenant, dialledNumber: string): Route | RoutingRefusal {
  if (!tenant.active) return 'tenant-inactive';
  const wanted = normaliseNumber(dialledNumber);
  if (wanted === '') return 'unknown-did'; // a call without a number must not match a route left empty
  const did = tenant.dids.find((candidate) => normaliseNumber(candidate.number) === wanted);
  if (did === undefined) return 'unknown-did';
  const profile = tenant.agents.find((agent) => agent.id === did.agentId);
  return profile === undefined ? 'agent-missing' : { tenant, profile };
}
