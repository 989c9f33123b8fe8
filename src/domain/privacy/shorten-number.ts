/** Digits of a telephone number that may be told where it must not be known whose it is. */
const KEPT_DIGITS = 4;
/** Of a number not longer than this nothing would be hidden by keeping four. */
const SHORT_DIGITS_MAX = 6;

/**
 * A telephone number for a log line: `+49 170 1234567` → `***4567`. Short ones (extensions) keep two digits; other characters
 * are dropped. For a text that may hold numbers somewhere, see `maskNumbers` in adapters/runtime, which uses this.
 */
export function shortenNumber(number: string): string {
  const digits = number.replace(/\D/gu, '');
  return `***${digits.slice(digits.length > SHORT_DIGITS_MAX ? -KEPT_DIGITS : -2)}`;
}
