import type { HandoverTarget } from '../conversation/stimulus.js';
import type { AgentProfile } from './agent-profile.js';

/**
 * Whether the agent may send a caller to `target`: a model can be talked into dialling a premium number, and the tenant pays.
 * Extensions and queues are bounded by the profile's dialplan context. Numbers are compared as they are dialled and not by their digits:
 * `+55…` is another country than `55…`.
 */
export function mayTransfer({ fallback, transferNumbers }: Pick<AgentProfile, 'fallback' | 'transferNumbers'>, target: HandoverTarget): boolean {
  if (target.kind !== 'number') return true;
  if (fallback?.kind === 'number' && fallback.number === target.number) return true;
  return transferNumbers.some((beginning) => beginning !== '' && target.number.startsWith(beginning));
}
