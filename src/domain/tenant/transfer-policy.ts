import type { HandoverTarget } from '../conversation/stimulus.js';
import type { NumberDescription, NumberKind } from '../outbound/number-description.js';
import type { AgentProfile } from './agent-profile.js';

/** A name that is safe in a dialplan: no separators, no expressions. */
export const DIALPLAN_NAME = /^[A-Za-z0-9_*#+-]{1,64}$/u;

/** How targets are written. Queues are extensions with `queue-` before their name. */
export const TARGET_FORMS = {
  number: /^\+?[0-9*#]{1,20}$/u,
  extension: DIALPLAN_NAME,
  queue: /^[A-Za-z0-9_-]{1,64}$/u,
} as const;

/** Numbers that may cost anything, or of which nobody knows what they are: no beginning allows them, only the number itself. */
const BY_NAME_ONLY: ReadonlySet<NumberKind> = new Set(['premium', 'shared-cost', 'satellite', 'unknown', 'short']);

/** So many digits may be a number of the world outside, if the dialplan context lets them out. */
const OUTSIDE_DIGITS_MIN = 7;

/**
 * Whether the agent may send a caller to `target`: a model can be talked into dialling a premium number, and the tenant pays.
 * Queues and short extensions are bounded by the profile's dialplan context alone; an extension of seven digits and more is held to
 * the rules of numbers as well, because the context may have a pattern that dials out. Numbers are compared as they are dialled and not by their digits:
 * `+55…` is another country than `55…`.
 *
 * @param described what the numbering plan says of `dialledBy(target)`; null: nothing.
 */
export function mayTransfer(
  { fallback, transferNumbers }: Pick<AgentProfile, 'fallback' | 'transferNumbers'>, target: HandoverTarget, described: NumberDescription | null,
): boolean {
  const number = dialledBy(target);
  if (number === null || (fallback?.kind === target.kind && dialledBy(fallback) === number)) return true;
  if (transferNumbers.includes(number)) return true;
  if (described === null || BY_NAME_ONLY.has(described.kind)) return false;
  return transferNumbers.some((beginning) => beginning !== '' && number.startsWith(beginning));
}

/** The number that sending a caller to `target` may dial; null: it stays within the PBX. */
export function dialledBy(target: HandoverTarget): string | null {
  if (target.kind === 'number') return target.number;
  return target.kind === 'extension' && target.extension.replace(/\D/gu, '').length >= OUTSIDE_DIGITS_MIN ? target.extension : null;
}
