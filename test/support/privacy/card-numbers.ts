import type { Random } from '../../../bench/speech/random.js';

/** Numbers that the brands and acquirers publish for tests. */
export const TEST_NUMBERS: Readonly<Record<string, readonly string[]>> = {
  'visa-13': ['4222222222222'],
  'visa-16': ['4111111111111111', '4012888888881881', '4242424242424242', '4000056655665556'],
  'visa-19': ['4988080000000000001', '4000000000000000006'].map(withCheckDigit),
  'mastercard': ['5555555555554444', '5105105105105100', '5200828282828210'],
  'mastercard-2': ['2223003122003222', '2223000048400011', '2720999999999996'].map(withCheckDigit),
  'amex': ['378282246310005', '371449635398431', '341111111111111'],
  'discover': ['6011111111111117', '6011000990139424', '6445644564456445'],
  'diners': ['30569309025904', '38520000023237', '36227206271667'],
  'jcb': ['3530111333300000', '3566002020360505'],
  'unionpay': ['6200000000000005', '6212345678901232', '6205500000000000004'].map(withCheckDigit),
  'maestro': ['6759649826438453', '6304000000000000', '6799990100000000019', '5018000000000000'].map(withCheckDigit),
  'rupay': ['6521111111111117', '6074820000000007'].map(withCheckDigit),
  'troy': ['9792000000000001'].map(withCheckDigit),
};

/** Beginnings and lengths to make more of. */
const FORMS: readonly (readonly [string, number])[] = [
  ['4', 16], ['4', 16], ['4', 19], ['4', 13], ['51', 16], ['53', 16], ['55', 16], ['2221', 16], ['2300', 16], ['2720', 16], ['34', 15], ['37', 15],
  ['6011', 16], ['644', 16], ['65', 16], ['300', 14], ['36', 14], ['38', 14], ['3528', 16], ['3589', 16], ['62', 16], ['62', 17], ['62', 19], ['50', 16], ['6759', 18], ['60', 16],
];

/** A published number or one made like it. */
export function cardNumber(random: Random): string {
  if (random.below(3) > 0) {
    const brand = Object.values(TEST_NUMBERS)[random.below(Object.keys(TEST_NUMBERS).length)] ?? [];
    return brand[random.below(brand.length)] ?? '';
  }
  const [head, length] = FORMS[random.below(FORMS.length)] ?? ['4', 16];
  return withCheckDigit(`${head}${Array.from({ length: length - head.length }, () => String(random.below(10))).join('')}`);
}

/** The last digit replaced by the one that checks. */
export function withCheckDigit(number: string): string {
  for (let digit = 0; digit < 10; digit += 1) {
    const candidate = `${number.slice(0, -1)}${digit}`;
    let sum = 0;
    for (const [at, character] of Array.from(candidate).reverse().entries()) {
      const doubled = Number(character) * (at % 2 === 0 ? 1 : 2);
      sum += Math.floor(doubled / 10) + (doubled % 10);
    }
    if (sum % 10 === 0) return candidate;
  }
  throw new Error(`no check digit for ${number.length} digits`);
}
