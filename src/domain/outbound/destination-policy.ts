import type { NumberDescription, NumberKind } from './number-description.js';

/** Kinds that a tenant may name. Emergency and other short numbers are nobody's to allow. */
export type AllowableKind = Exclude<NumberKind, 'short'>;

/** Where a tenant's calls may go. What is not allowed here is denied; empty lists allow nothing. */
export interface DestinationPolicy {
  /** ISO 3166 alpha-2. Never by calling code: +1 is 25 countries, +1876 among them. */
  readonly countries: readonly string[];
  /** What else than these is never called, in whatever country: premium, shared-cost, satellite and unknown must be named to be allowed. */
  readonly kinds: readonly AllowableKind[];
  /** How E.164 numbers begin that are allowed beside those countries, of the same kinds; a whole number is allowed of whatever kind. */
  readonly allowedPrefixes: readonly string[];
  /** How E.164 numbers begin that are denied whatever else allows them. */
  readonly deniedPrefixes: readonly string[];
}

/** Ordinary telephones. */
export const DEFAULT_KINDS: readonly AllowableKind[] = ['fixed', 'mobile', 'fixed-or-mobile'];

/** Why a number is not called, a closed vocabulary. */
export type DestinationRefusal =
  | 'number-invalid' // no telephone number, or not one that can be dialled
  | 'number-short' // emergency and service numbers
  | 'number-unknown-kind' // the numbering plan does not know what it is
  | 'outbound-off' // the tenant places no calls
  | 'country-not-allowed'
  | 'kind-not-allowed'
  | 'prefix-denied';

/** E.164: at most 15 digits. The shortest subscriber's numbers with their country have 7 (Niue). */
const E164: RegExp = /^\+[1-9][0-9]{6,14}$/u;

/**
 * Null: it may be called, by its `e164` and nothing else. `number` is null for what is no telephone number, `policy` for a tenant
 * that places no calls.
 */
export function refusalOf(number: NumberDescription | null, policy: DestinationPolicy | null): DestinationRefusal | null {
  if (policy === null) return 'outbound-off';
  if (number === null) return 'number-invalid';
  if (number.kind === 'short') return 'number-short';
  if (!E164.test(number.e164)) return 'number-invalid';
  if (beginsWithOneOf(number.e164, policy.deniedPrefixes)) return 'prefix-denied';
  if (policy.allowedPrefixes.includes(number.e164)) return null;
  if (!kindAllowed(number.kind, policy.kinds)) return number.kind === 'unknown' ? 'number-unknown-kind' : 'kind-not-allowed';
  if (number.country !== null && policy.countries.includes(number.country)) return null;
  return beginsWithOneOf(number.e164, policy.allowedPrefixes) ? null : 'country-not-allowed';
}

/** Where the plan cannot tell fixed from mobile (North America), both must be allowed, or the mixture by its name. */
function kindAllowed(kind: AllowableKind, kinds: readonly AllowableKind[]): boolean {
  return kinds.includes(kind) || (kind === 'fixed-or-mobile' && kinds.includes('fixed') && kinds.includes('mobile'));
}

function beginsWithOneOf(e164: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => prefix !== '' && e164.startsWith(prefix));
}
