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

/** What is asked for, with the utterance in which it was. */
interface Asked {
  cvv: number;
  expiry: number;
}

/** Finds security codes and expiry dates: in the same utterance after their word, or in the next two. By index of the utterance. */
export function findSecrets(history: History): ReadonlyMap<number, readonly Mask[]> {
  const found = new Map<number, readonly Mask[]>();
  const asked: Asked = { cvv: -Infinity, expiry: -Infinity };
  const codes = new Set<string>();
  for (const [at, utterance] of history.utterances.entries()) {
    const masks = secretsIn(utterance, at, asked, codes);
    if (masks.length > 0) found.set(at, masks);
  }
  return found;
}

function secretsIn(utterance: Utterance, at: number, asked: Asked, codes: Set<string>): readonly Mask[] {
  const { tokens, segments } = utterance.numbers;
  const masks: Mask[] = [];
  let month: number | null = null;
  for (const part of inOrder(tokens, segments)) {
    if ('mark' in part) {
      if (part.mark === 'cvv' || part.mark === 'expiry') asked[part.mark] = at;
      month = part.mark === 'month' ? part.start : null;
      continue;
    }
    const label = labelOf(part, { at, asked, codes, month: month !== null, final: utterance.final });
    if (label !== null) masks.push({ start: month !== null && label === '[exp]' ? month : part.start, end: part.end, label });
    month = null;
  }
  return masks;
}

interface Marker {
  readonly mark: Mark;
  readonly start: number;
}

function inOrder(tokens: Utterance['numbers']['tokens'], segments: readonly NumberSegment[]): readonly (Marker | NumberSegment)[] {
  const marks = tokens.flatMap(({ mark, start }): readonly Marker[] => (mark === null ? [] : [{ mark, start }]));
  return [...marks, ...segments].sort((one, other) => one.start - other.start);
}

interface Situation {
  readonly at: number;
  readonly asked: Asked;
  readonly codes: Set<string>;
  readonly month: boolean;
  readonly final: boolean;
}

function labelOf({ digits }: NumberSegment, { at, asked, codes, month, final }: Situation): string | null {
  const expiryAsked = at - asked.expiry <= ANSWER_UTTERANCES;
  const codeAsked = at - asked.cvv <= ANSWER_UTTERANCES;
  if (expiryAsked && (month ? YEAR : EXPIRY).test(digits) && !(codeAsked && digits.length === CODE_DIGITS_MIN)) return '[exp]';
  if (codes.has(digits)) return '[cvv]';
  if (codeAsked && digits.length <= CODE_DIGITS_MAX && (digits.length >= CODE_DIGITS_MIN || !final)) {
    if (final) codes.add(digits);
    return '[cvv]';
  }
  return null;
}
