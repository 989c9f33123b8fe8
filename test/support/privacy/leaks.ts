import { LEAK_DIGITS, readDigits, tellNumber } from './number-reader.js';

const LABEL = /\[(?:card \*{4}\d{4}|cvv|exp|digits|hidden)\]/gu;

/** Of an event: its digits are no card's, though `12:27:20.772` has seven of one. */
const TIME = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z/gu;

/** Milliseconds since 1970 (2023 to 2033), as Redis names the entries of a stream: no card begins with a 1. */
const EPOCH_MS = /\b1[789]\d{11}(?:-\d{1,6})?\b/gu;

/** Those of `numbers` that can be read in `content`: JSON, lines of JSON, or any text. */
export function leaks(content: string, numbers: readonly string[]): readonly string[] {
  const texts = new Set(content.split('\n').flatMap(textsOf));
  const told = new Set([...texts].map(readDigits).filter((digits) => digits.length >= LEAK_DIGITS));
  return numbers.filter((number) => [...told].some((digits) => tellNumber(digits, number)));
}

/** Each text of a JSON line by itself, so that counts and times make no number together; any other line as a whole. */
function textsOf(line: string): readonly string[] {
  try {
    return leavesOf(JSON.parse(line));
  } catch {
    return [plain(line)];
  }
}

function leavesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^\s*[[{]/u.test(value) ? textsOf(value) : [plain(value)];
  if (typeof value !== 'object' || value === null) return [String(value)];
  // A clock time is a number that counts by itself: seven digits of it are those of some card now and then.
  return Object.entries(value).flatMap(([name, member]) => (typeof member === 'number' && name.endsWith('Ms') ? [name] : [name, ...leavesOf(member)]));
}

/** The reader passes over what stands in brackets: those of ours only. */
function plain(text: string): string {
  return text.replace(TIME, ' \u0000 ').replace(EPOCH_MS, ' \u0000 ').replace(LABEL, ' \u0000 ').replace(/[[\]]/gu, ' ').replace(/\u0000/gu, '[]');
}
