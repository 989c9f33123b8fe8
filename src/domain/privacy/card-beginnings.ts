import { CARD_DIGITS_MAX, cardLengths } from './card-brands.js';
import { chainsOf } from './card-search.js';
import type { NumberSegment } from './number-segments.js';
import { type History, type Place, RUN_TURNS_MAX } from './utterance.js';

/** From so many digits on, a number that is still being said is hidden. A reader of seven could guess the rest of its bank's range. */
export const BEGINNING_DIGITS_MIN = 7;

/** Long enough to tell something, and cards begin like this. */
export function beginsLikeCard(digits: string): boolean {
  return digits.length >= BEGINNING_DIGITS_MIN && cardLengths(digits).length > 0;
}

/** The segments of one utterance that begin a number as cards begin, or go on with one, and that nothing gives another name. */
export function beginningsIn(history: History, newest: number): ReadonlySet<NumberSegment> {
  const held = new Set<NumberSegment>();
  const chains = chainsOf(history, history.places(history.utterances[newest]?.speaker ?? null));
  for (const run of chains.flatMap((chain) => chain.map((_, start) => chain.slice(start)))) {
    const first = run[0];
    if (first === undefined || history.namedOther(first) || first.segment.glued || first.segment.iban) continue;
    for (const { segment, at } of begunAt(run)) if (at === newest) held.add(segment);
  }
  return held;
}

/** The longest run from the first place on that still begins like a card; empty when none does. */
function begunAt(chain: readonly Place[]): readonly Place[] {
  let digits = '';
  let begun: readonly Place[] = [];
  const utterances = new Set<number>();
  for (const [index, { segment, at }] of chain.entries()) {
    utterances.add(at);
    if (digits.length >= CARD_DIGITS_MAX || utterances.size > RUN_TURNS_MAX) break;
    digits += segment.digits;
    if (beginsLikeCard(digits)) begun = chain.slice(0, index + 1);
  }
  return begun;
}
