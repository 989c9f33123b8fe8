import { CARD_DIGITS_MAX, CARD_DIGITS_MIN, cardLengths, hasCardForm, isCardNumber, passesLuhn } from './card-brands.js';
import type { NumberSegment } from './number-segments.js';

/** What is known about digits besides the digits. */
export interface CandidateContext {
  /** A card is spoken of, and nothing calls the number something else. */
  readonly cardNear: boolean;
  readonly namedOther: boolean;
}

/** A number to be hidden. `number`: the card's digits as they were heard; null: it may become a card or was part of one. */
export interface Candidate {
  readonly number: string | null;
}

const UNFINISHED: Candidate = { number: null };
/** With a card word near, one digit may have been lost. */
const NEAR_CARD_DIGITS_MIN = CARD_DIGITS_MIN - 1;
/** With a card word near, and a beginning that cards have, so much of it is hidden before the rest was said. */
const BEGUN_CARD_DIGITS_MIN = 8;
/** Said right before a number and taken as its part: `oh`, `one`. */
const STRAY_DIGITS_MAX = 2;
/** Month and year, with the security code or without. */
const EXPIRY_AFTER = /^(?:0?[1-9]|1[0-2])(?:20)?[2-4]\d(?:\d{3,4})?$/u;

/** Judges one segment alone; null: no card. */
export function candidateIn(segment: NumberSegment, context: CandidateContext): Candidate | null {
  const { digits } = segment;
  if (segment.iban || (segment.international && digits.length <= 15)) return null;
  const whole = wholeCandidate(segment, context) ?? otherReading(segment);
  if (whole !== null) return whole;
  if (digits.length > CARD_DIGITS_MIN && !context.namedOther) {
    const number = numberWithin(segment);
    if (number !== null) return { number };
  }
  return context.cardNear && !context.namedOther ? candidateNearCard(digits) : null;
}

function wholeCandidate({ digits, glued }: NumberSegment, { cardNear, namedOther }: CandidateContext): Candidate | null {
  if (digits.length < CARD_DIGITS_MIN || digits.length > CARD_DIGITS_MAX) return null;
  if (isCardNumber(digits)) return { number: digits };
  if (glued || namedOther) return null;
  return cardNear || passesCheck(digits) || isLikelyForm(digits) ? { number: digits } : null;
}

function otherReading({ otherReadings }: NumberSegment): Candidate | null {
  const number = otherReadings.find(isCardNumber);
  return number === undefined ? null : { number };
}

/** Times in milliseconds begin with 1 (until 2033); no card but those of airlines does. */
function passesCheck(digits: string): boolean {
  return passesLuhn(digits) && digits.length > CARD_DIGITS_MIN && !/^[01]/u.test(digits);
}

/** Long enough and with a beginning and length that are no accident, so that a wrong check digit is rather a digit misheard. */
function isLikelyForm(digits: string): boolean {
  return (digits.length === 15 || digits.length === 16) && hasCardForm(digits);
}

/** A card number with more digits around it: `oh` before, date and code after. */
function numberWithin(segment: NumberSegment): string | null {
  const ends = new Set(segment.cuts);
  for (const [index, start] of segment.cuts.entries()) {
    const tokenEnd = segment.cuts[index + 1] ?? start;
    const strays = tokenEnd - start > CARD_DIGITS_MIN ? STRAY_DIGITS_MAX : 0;
    for (let from = start; from <= start + strays; from += 1) {
      const number = numberFrom(segment.digits, from, (end) => ends.has(end) || end <= tokenEnd);
      if (number !== null) return number;
    }
  }
  return null;
}

function numberFrom(digits: string, from: number, mayEnd: (at: number) => boolean): string | null {
  for (const length of [...cardLengths(digits.slice(from, from + CARD_DIGITS_MAX))].reverse()) {
    const number = digits.slice(from, from + length);
    if (number.length === length && mayEnd(from + length) && passesLuhn(number)) return number;
  }
  return null;
}

function candidateNearCard(digits: string): Candidate | null {
  if (digits.length > CARD_DIGITS_MAX) return { number: digits.slice(0, cardLengths(digits)[0] ?? 16) };
  if (digits.length >= NEAR_CARD_DIGITS_MIN) return UNFINISHED;
  return digits.length >= BEGUN_CARD_DIGITS_MIN && cardLengths(digits).length > 0 ? UNFINISHED : null;
}

/** Judges digits put together from several segments. `relaxed`: a card is spoken of and none of them is called something else. */
export function candidateAcross(segments: readonly NumberSegment[], relaxed: boolean): Candidate | null {
  const digits = segments.map((segment) => segment.digits).join('');
  if (isCardNumber(digits)) return { number: digits };
  const framed = numberInFrame(digits, segments.at(-1)?.digits.length ?? 0);
  if (framed !== null) return { number: framed };
  if (!relaxed) return null;
  if (digits.length < NEAR_CARD_DIGITS_MIN || digits.length > CARD_DIGITS_MAX + 1) return null;
  return digits.length < CARD_DIGITS_MIN ? UNFINISHED : { number: digits };
}

/** With an `oh` before, or the expiry behind in the same breath. */
function numberInFrame(digits: string, lastDigits: number): string | null {
  const from = digits.startsWith('0') ? 1 : 0;
  return numberFrom(digits, from, (end) => end === digits.length || (digits.length - end < lastDigits && EXPIRY_AFTER.test(digits.slice(end))));
}
