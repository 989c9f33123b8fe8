import type { DigitRequest } from './stimulus.js';

/** Keys typed so far, seen as an entry of what the agent asked for. */
export interface DigitEntry {
  readonly digits: string;
  /** Typed ahead: belongs to the next request. */
  readonly rest: string;
  /** Nothing more is waited for. */
  readonly full: boolean;
  /** The terminator was pressed. */
  readonly terminated: boolean;
}

/** Splits typed keys: an entry ends at the terminator or when it has all digits. Without a request every key belongs to it. */
export function digitEntry(typed: string, request: DigitRequest | null): DigitEntry {
  if (request === null) return { digits: typed, rest: '', full: false, terminated: false };
  const end = request.terminator === null ? -1 : typed.indexOf(request.terminator);
  if (end >= 0 && end <= request.max) return { digits: typed.slice(0, end), rest: typed.slice(end + 1), full: true, terminated: true };
  return { digits: typed.slice(0, request.max), rest: typed.slice(request.max), full: typed.length >= request.max, terminated: false };
}
