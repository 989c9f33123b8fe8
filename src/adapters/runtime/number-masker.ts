import { maskText } from '../../domain/privacy/mask-text.js';
import { shortenNumber } from '../../domain/privacy/shorten-number.js';

/**
 * Defence in depth: log lines must not hold telephone or card numbers in the first place. What looks like one anyway
 * (7 or more digits, perhaps with +, spaces, dashes or brackets between) keeps its last four digits. Identifiers whose
 * digits touch letters (ULIDs, hashes), UUIDs, dates and times are left alone.
 */
const CANDIDATE = /\p{Hex_Digit}{8}(?:-\p{Hex_Digit}{4}){3}-\p{Hex_Digit}{12}|(?<![\p{L}\p{N}_])\+?\d(?:[ ()-]{0,2}\d){6,}(?![\p{L}\p{N}_])/gu;
const HARMLESS = /^\d{4}-\d{2}-\d{2}(?: \d{2})?$|^.{8}-.{4}-.{4}-.{4}-.{12}$/u;

/** For a text that may be anybody's words (an error's message): card numbers, codes and expiry dates however they are said, then telephone numbers. */
export function maskWords(text: string): string {
  return maskNumbers(maskText(text));
}

export function maskNumbers(text: string): string {
  return text.replace(CANDIDATE, (candidate) => (HARMLESS.test(candidate) ? candidate : shortenNumber(candidate)));
}
