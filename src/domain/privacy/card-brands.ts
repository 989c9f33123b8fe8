/**
 * Beginnings (BIN) and lengths of card numbers: ISO/IEC 7812 ranges as the schemes publish them. Wide on purpose: what is
 * decided with them is whether to hide a number, not whether to charge it.
 */
interface CardRange {
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}

/** From and to have the same number of digits; the first range that fits counts, so narrow ones come first. */
const RANGES: readonly CardRange[] = [
  { from: 2221, to: 2720, lengths: [16] }, // Mastercard
  { from: 2200, to: 2204, lengths: [16, 17, 18, 19] }, // Mir
  { from: 34, to: 34, lengths: [15] }, // American Express
  { from: 37, to: 37, lengths: [15] },
  { from: 300, to: 305, lengths: [14, 16] }, // Diners
  { from: 309, to: 309, lengths: [14, 16] },
  { from: 36, to: 36, lengths: [14, 16, 19] },
  { from: 38, to: 39, lengths: [14, 16] },
  { from: 3528, to: 3589, lengths: [16, 19] }, // JCB
  { from: 4, to: 4, lengths: [13, 16, 19] }, // Visa
  { from: 51, to: 55, lengths: [16] }, // Mastercard
  { from: 6011, to: 6011, lengths: [16, 19] }, // Discover
  { from: 644, to: 649, lengths: [16, 19] },
  { from: 65, to: 65, lengths: [16, 19] }, // Discover, RuPay
  { from: 60, to: 60, lengths: [16] }, // RuPay
  { from: 81, to: 82, lengths: [16] }, // RuPay, UnionPay
  { from: 62, to: 62, lengths: [16, 17, 18, 19] }, // UnionPay
  { from: 9792, to: 9792, lengths: [16] }, // Troy
  { from: 50, to: 50, lengths: [16, 18, 19] }, // Maestro
  { from: 56, to: 59, lengths: [16, 18, 19] },
  { from: 61, to: 69, lengths: [16, 18, 19] },
];

export const CARD_DIGITS_MIN = 13;
export const CARD_DIGITS_MAX = 19;
/** Digits that name the range. */
const BIN_DIGITS = 4;

/** The lengths that a card beginning with `digits` may have; empty when no card begins like that. Fewer than four digits: unknown is empty. */
export function cardLengths(digits: string): readonly number[] {
  const bin = digits.slice(0, BIN_DIGITS);
  if (bin.length < BIN_DIGITS) return [];
  for (const { from, to, lengths } of RANGES) {
    const head = Number(bin.slice(0, String(from).length));
    if (head >= from && head <= to) return lengths;
  }
  return [];
}

/** Whether the last digit checks the others (ISO/IEC 7812, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let back = 0; back < digits.length; back += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - back) - 48;
    const weighed = back % 2 === 1 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

/** Beginning and length are those of a brand. */
export function hasCardForm(digits: string): boolean {
  return cardLengths(digits).includes(digits.length);
}

/** Beginning, length and check digit are those of a brand: one random number of 16 digits in fifty is. */
export function isCardNumber(digits: string): boolean {
  return hasCardForm(digits) && passesLuhn(digits);
}
