import type { AgentProfile } from './agent-profile.js';
import type { Tenant } from './tenant.js';
import { dialledBy } from './transfer-policy.js';

/** What an agent has that nobody has given anything of the kind. */
const UNGOVERNED = { transferContext: 'transfers', transferNumbers: [], pci: { agentSeesCard: false, vaultUrl: null } } as const;

/**
 * Names of the settings that differ and are the platform's to decide: how much a tenant may use, which numbers are its own and where
 * it may call, and of an agent where it may send calls and card numbers. A tenant that could change them could take another's number
 * or call premium numbers at the platform's cost.
 */
export function governedChanges(before: Tenant, after: Tenant): readonly string[] {
  const own = (['active', 'concurrentCallsMax', 'callDurationMaxMs', 'speechLimits', 'dids', 'outbound'] as const).filter((name) => differ(before[name], after[name]));
  const agents = after.agents.flatMap((agent) => governedInAgent(before.agents.find(({ id }) => id === agent.id), agent));
  return [...own, ...new Set(agents)];
}

function governedInAgent(before: AgentProfile | undefined, after: AgentProfile): readonly string[] {
  const was = before ?? UNGOVERNED;
  const changed: string[] = (['transferContext', 'transferNumbers', 'pci'] as const).filter((name) => differ(was[name], after[name]));
  // Queues and short extensions are within the context; what may be a number is dialled, and paid for.
  if (after.fallback !== null && dialledBy(after.fallback) !== null && differ(before?.fallback, after.fallback)) changed.push('fallback');
  return changed;
}

/** Both were made by one schema: their keys are in one order, but those that a person names. */
function differ(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
