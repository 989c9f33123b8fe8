import type { NumberPlan } from '../../../src/application/ports/number-plan.js';
import type { NumberDescription, NumberKind } from '../../../src/domain/outbound/number-description.js';

const HOMES: Readonly<Record<string, string>> = { DE: '49', US: '1' };

/** How numbers begin, the longest first where one begins another. Nothing else exists. */
const PLAN: readonly (readonly [RegExp, string | null, NumberKind])[] = [
  [/^\+(?:49|1|44)(?:[0-9]{1,3}|116[0-9]{3})$/u, null, 'short'],
  [/^\+49900[0-9]{7}$/u, 'DE', 'premium'], [/^\+49180[0-9]{5}$/u, 'DE', 'shared-cost'], [/^\+491[567][0-9]{9}$/u, 'DE', 'mobile'], [/^\+49[2-9][0-9]{5,10}$/u, 'DE', 'fixed'],
  [/^\+1900[0-9]{7}$/u, 'US', 'premium'], [/^\+1876[0-9]{7}$/u, 'JM', 'mobile'], [/^\+1[2-9][0-9]{6,9}$/u, 'US', 'fixed-or-mobile'],
  [/^\+(?:870|88216)[0-9]{7,9}$/u, null, 'satellite'], [/^\+882[0-9]{7,9}$/u, null, 'unknown'], [/^\+800[0-9]{8}$/u, null, 'toll-free'],
];

/** A small world: Germany, the United States with their fictional numbers, Jamaica, and what lies in no country. */
export class FakeNumberPlan implements NumberPlan {
  describe(number: string, homeCountry: string | null): NumberDescription | null {
    if (!/^\+?[0-9 ().\-/]{2,40}$/u.test(number)) return null;
    const digits = number.replace(/[^0-9]/gu, '');
    const e164 = number.startsWith('+') ? `+${digits.replace(/^490/u, '49')}` : abroad(digits, HOMES[homeCountry ?? '']);
    const entry = PLAN.find(([beginning]) => e164 !== null && beginning.test(e164));
    return entry === undefined || e164 === null ? null : { e164, country: entry[1], kind: entry[2] };
  }
}

function abroad(digits: string, code: string | undefined): string | null {
  if (code === undefined) return null;
  return digits.startsWith('00') ? `+${digits.slice(2)}` : `+${code}${digits.replace(/^0/u, '')}`;
}
