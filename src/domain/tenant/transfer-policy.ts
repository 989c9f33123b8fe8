import type { HandoverTarget } from '../conversation/stimulus.js';
import type { NumberDescription, NumberKind } from '../outbound/number-description.js';
import type { AgentProfile } from './agent-profile.js';

/** Numbers that may cost anything, or of which nobody knows what they are: no beginning allows them, only the number itself. */
const BY_NAME_ONLY: ReadonlySet<NumberKind> = new Set(['premium', 'shared-cost', 'satellite', 'unknown', 'short']);

/**
 * Whether the agent may send a caller to `target`: a model can be talked into dialling a premium number, and the tenant pays.
 * Extensions and queues are bounded by the profile's dialplan context. Numbers are compared as they are dialled and not by their digits:
 * `+55…` is another country than `55…`.
 *
 * @param described what the numbering plan says of the number; null: nothing.
 */
export function mayTransfer(
  { fallback, transferNumbers }: Pick<AgentProfile, 'fallback' | 'transferNumbers'>, target: HandoverTarget, described: NumberDescription | null,
): boolean {
  if (target.kind !== 'number') return true;
  if (fallback?.kind === 'number' && fallback.number === target.number) return true;
  if (transferNumbers.includes(target.number)) return true;
  if (described === null || BY_NAME_ONLY.has(described.kind)) return false;
  return transferNumbers.some((beginning) => beginning !== '' && target.number.startsWith(beginning));
}
