/**
 * What kind of line a number is, as its country's numbering plan says. `short`: an emergency or service number, or anything that is too
 * short to be a subscriber's. `unknown`: of the right length, but the plan has nothing there.
 */
export const NUMBER_KINDS = [
  'fixed', 'mobile', 'fixed-or-mobile', 'toll-free', 'voip', 'personal', 'company', 'pager', 'voicemail', 'shared-cost', 'premium', 'satellite', 'unknown', 'short',
] as const;
export type NumberKind = (typeof NUMBER_KINDS)[number];

/** A telephone number, understood. */
export interface NumberDescription {
  /** `+` and digits, nothing else. */
  readonly e164: string;
  /** ISO 3166 alpha-2; null: the number belongs to no country (satellites, networks of their own), or to none that the plan knows. */
  readonly country: string | null;
  readonly kind: NumberKind;
}
