/** ULIDs (Crockford's alphabet: no I, L, O, U) begin with their time, 48 bits in 10 digits: their order as text is that of time. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/u;
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/** Above every ULID. */
export const PAST_ALL_ULIDS = '8';

export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** Milliseconds since 1970. Of what is no ULID: NaN. */
export function ulidTimeMs(ulid: string): number {
  if (!isUlid(ulid)) return Number.NaN;
  let ms = 0;
  for (const digit of ulid.slice(0, TIME_DIGITS)) ms = ms * DIGITS.length + DIGITS.indexOf(digit);
  return ms;
}

/** The least ULID of that millisecond; whole milliseconds from 1970 on. */
export function firstUlidAt(ms: number): string {
  let digits = '';
  for (let rest = Math.max(0, Math.floor(ms)), place = 0; place < TIME_DIGITS; place += 1, rest = Math.floor(rest / DIGITS.length)) {
    digits = `${DIGITS[rest % DIGITS.length] ?? ''}${digits}`;
  }
  return digits + '0'.repeat(RANDOM_DIGITS);
}
