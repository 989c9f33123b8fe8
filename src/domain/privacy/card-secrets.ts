import type { Mark } from './number-language.js';
import type { NumberSegment } from './number-segments.js';
import type { History, Utterance } from './utterance.js';

/** A part of an utterance that is hidden, and what stands in its place. */
export interface Mask {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** A security code or expiry is told at most so many utterances after it was asked for. */
const ANSWER_UTTERANCES = 2;
const CODE_DIGITS_MIN = 3;
/** A code of four, or an expiry and a code in one breath. */
const CODE_DIGITS_MAX = 10;
const EXPIRY = /^(?:0?[1-9]|1[0-2])(?:\d{2}|20\d{2})$/u;
const YEAR = /^(?:\d{2}|20\d{2})$/u;

const NAMED_AFTER_CHARACTERS = 16;
const CODE = '[cvv]';
const EXPIRES = '[exp]';

/** What is asked for, with the utterance in which it was. */
interface Asked {
  cvv: number;
  expiry: number;
}

/** Finds security codes and expiry dates: in the same utterance as their word, or in the next two. */
export function findSecrets(history: History): ReadonlyMap<NumberSegment, Mask> {
  const found = new Map<NumberSegment, Mask>();
  const asked: Asked = { cvv: -Infinity, expiry: -Infinity };
  const codes = new Set<string>();
  for (const [at, utterance] of history.utterances.entries()) {
    for (const [segment, mask] of secretsIn({ utterance, at, asked, codes })) found.set(segment, mask);
  }
  return found;
}

interface Situation {
  readonly utterance: Utterance;
  readonly at: number;
  readonly asked: Asked;
  /** Codes told so far: they are hidden when they are repeated. */
  readonly codes: Set<string>;
}

function secretsIn(situation: Situation): ReadonlyMap<NumberSegment, Mask> {
  const { asked, at, codes } = situation;
  const found = new Map<NumberSegment, Mask>();
  let month: number | null = null;
  let before: NumberSegment | null = null;
  for (const part of inOrder(situation.utterance)) {
    if ('mark' in part) {
      if (part.mark === 'cvv' || part.mark === 'expiry') asked[part.mark] = at;
      if (before !== null && !found.has(before) && namesCode(part, before)) {
        codes.add(before.digits);
        found.set(before, { start: before.start, end: before.end, label: CODE });
      }
      month = part.mark === 'month' ? part.start : null;
      continue;
    }
    const label = labelOf(part, situation, month !== null);
    if (label !== null) found.set(part, { start: month !== null && label === EXPIRES ? month : part.start, end: part.end, label });
    month = null;
    before = part;
  }
  return found;
}

interface Marker {
  readonly mark: Mark;
  readonly start: number;
}

function inOrder({ numbers: { tokens, segments } }: Utterance): readonly (Marker | NumberSegment)[] {
  const marks = tokens.flatMap(({ mark, start }): readonly Marker[] => (mark === null ? [] : [{ mark, start }]));
  return [...marks, ...segments].sort((one, other) => one.start - other.start);
}

/** `123 is my security code`. */
function namesCode({ mark, start }: Marker, { digits, end }: NumberSegment): boolean {
  return mark === 'cvv' && (digits.length === 3 || digits.length === 4) && start - end <= NAMED_AFTER_CHARACTERS;
}

function labelOf({ digits }: NumberSegment, situation: Situation, afterMonth: boolean): string | null {
  const { at, asked, codes } = situation;
  const expiryAsked = at - asked.expiry <= ANSWER_UTTERANCES;
  const codeAsked = at - asked.cvv <= ANSWER_UTTERANCES;
  if (expiryAsked && (afterMonth ? YEAR : EXPIRY).test(digits) && !(codeAsked && digits.length === CODE_DIGITS_MIN)) return EXPIRES;
  if (codes.has(digits)) return CODE;
  return codeAsked && digits.length <= CODE_DIGITS_MAX ? askedCode(digits, situation) : null;
}

function askedCode(digits: string, { utterance, asked, codes }: Situation): string | null {
  if (digits.length < CODE_DIGITS_MIN) return utterance.final && utterance.numbers.words > 0 ? null : CODE; // `one two`, and then `three`
  if (utterance.final) codes.add(digits);
  asked.cvv = -Infinity; // told: what follows is something else
  return CODE;
}
