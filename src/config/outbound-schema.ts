import { z } from 'zod';
import { type AllowableKind, DEFAULT_KINDS } from '../domain/outbound/destination-policy.js';
import { NUMBER_KINDS } from '../domain/outbound/number-description.js';
import { DEFAULT_OUTBOUND_LIMITS } from '../domain/outbound/outbound-settings.js';
import { setting, wholeNumber } from './setting.js';

const HOUR_MS = 3_600_000;

const country = z.string().regex(/^[A-Z]{2}$/u);
const prefix = z.string().regex(/^\+[1-9][0-9]{0,14}$/u);
const allowable = NUMBER_KINDS.filter((kind): kind is AllowableKind => kind !== 'short');

const { concurrentMax, callsPerSecondMax, callDurationMaxMs, minutesPerDayMax, callsPerNumberPerDayMax } = DEFAULT_OUTBOUND_LIMITS;

/** Where and how much a tenant may call. Missing: it places no calls. */
export const OUTBOUND_SCHEMA = z.strictObject({
  countries: setting(z.array(country).max(250).default([]), {
    kind: 'list', doc: 'Countries that may be called, ISO 3166 alpha-2. Never by calling code: +1 is 25 countries.', expects: 'a list of country codes such as DE', example: '[DE, AT]',
  }),
  kinds: setting(z.array(z.enum(allowable)).max(allowable.length).default([...DEFAULT_KINDS]), {
    kind: 'list', doc: 'Kinds of number that may be called. Emergency and other short numbers never are.', expects: `a list of ${allowable.join(', ')}`, example: '[fixed, mobile]',
  }),
  allowedPrefixes: setting(z.array(prefix).max(1000).default([]), {
    kind: 'list', doc: 'How further numbers begin that may be called, of the same kinds; a whole number may be called whatever its kind.', expects: 'a list of numbers in quotes that begin with +', example: '["+4420"]',
  }),
  deniedPrefixes: setting(z.array(prefix).max(1000).default([]), {
    kind: 'list', doc: 'How numbers begin that are never called, whatever else allows them.', expects: 'a list of numbers in quotes that begin with +', example: '["+4932"]',
  }),
  homeCountry: setting(country.nullable().default(null), {
    kind: 'text', doc: 'Numbers without a leading + are read as dialled in this country; empty: they are refused.', expects: 'a country code such as DE', example: 'DE',
  }),
  limits: z.strictObject({
    concurrentMax: wholeNumber('Calls that ring or talk at one time on all nodes; they count towards concurrentCallsMax too.', { min: 1, max: 1000 }, concurrentMax),
    callsPerSecondMax: wholeNumber('Calls placed within one second.', { min: 1, max: 100 }, callsPerSecondMax),
    callDurationMaxMs: wholeNumber('A call longer than this is ended, ringing included.', { min: 60_000, max: 4 * HOUR_MS }, callDurationMaxMs),
    minutesPerDayMax: wholeNumber('Minutes talked in one UTC day.', { min: 1, max: 1_000_000 }, minutesPerDayMax),
    callsPerNumberPerDayMax: wholeNumber('Calls to one number in one UTC day, answered or not.', { min: 1, max: 1000 }, callsPerNumberPerDayMax),
  }).prefault({}),
});
