import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString, type PhoneNumber, type PhoneNumberType } from 'libphonenumber-js/max';
import type { NumberPlan } from '../../application/ports/number-plan.js';
import type { NumberDescription, NumberKind } from '../../domain/outbound/number-description.js';

/** All that may be in a number as people write it. Everything else is no number to us, whatever the library would make of it. */
const WRITTEN: RegExp = /^\+?[0-9 ().\-/]{2,40}$/u;

const KINDS: Readonly<Record<PhoneNumberType, NumberKind>> = {
  FIXED_LINE: 'fixed', MOBILE: 'mobile', FIXED_LINE_OR_MOBILE: 'fixed-or-mobile', TOLL_FREE: 'toll-free', VOIP: 'voip', PERSONAL_NUMBER: 'personal',
  UAN: 'company', PAGER: 'pager', VOICEMAIL: 'voicemail', SHARED_COST: 'shared-cost', PREMIUM_RATE: 'premium',
};

/** Inmarsat and the global satellite networks: whole calling codes (ITU-T E.164). The library calls some of them mobile. */
const SATELLITE_CODES: ReadonlySet<string> = new Set(['870', '881']);
/** Networks of no country, shared by operators of every price (ITU-T E.164). Within +882, 16 is Thuraya's satellites. */
const NETWORK_CODES: ReadonlySet<string> = new Set(['882', '883']);
const THURAYA: RegExp = /^\+88216/u;

/** National numbers of so many digits are services, if the plan has no subscriber there. */
const SHORT_DIGITS_MAX = 6;
/** And these always: 110, 112, 911, 999 … */
const EMERGENCY_DIGITS_MAX = 3;
/** Harmonised European services of social value (2007/116/EC). */
const HARMONISED: RegExp = /^116[0-9]{3}$/u;

/** Google's numbering plan by libphonenumber-js with all its metadata: the smaller sets know no kinds of numbers. */
export class LibphonenumberPlan implements NumberPlan {
  describe(number: string, homeCountry: string | null): NumberDescription | null {
    if (!WRITTEN.test(number)) return null;
    if (!number.startsWith('+') && (homeCountry === null || !isSupportedCountry(homeCountry))) return null;
    const parsed = parsePhoneNumberFromString(number, { extract: false, ...(homeCountry === null ? {} : { defaultCountry: homeCountry as CountryCode }) });
    if (parsed === undefined) return null;
    if (isShort(parsed)) return { e164: parsed.number, country: parsed.country ?? null, kind: 'short' };
    return parsed.isPossible() ? { e164: parsed.number, country: parsed.country ?? null, kind: kindOf(parsed) } : null;
  }
}

function isShort(number: PhoneNumber): boolean {
  const { nationalNumber } = number;
  if (nationalNumber.length <= EMERGENCY_DIGITS_MAX || HARMONISED.test(nationalNumber)) return true;
  return nationalNumber.length <= SHORT_DIGITS_MAX && !number.isValid();
}

function kindOf(number: PhoneNumber): NumberKind {
  if (SATELLITE_CODES.has(number.countryCallingCode) || THURAYA.test(number.number)) return 'satellite';
  if (NETWORK_CODES.has(number.countryCallingCode)) return 'unknown';
  const type = number.isValid() ? number.getType() : undefined;
  return type === undefined ? 'unknown' : KINDS[type];
}
