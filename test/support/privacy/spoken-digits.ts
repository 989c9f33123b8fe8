import type { Random } from '../../../bench/speech/random.js';
import { pick } from './conversation.js';

const ONES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const TEENS = ['ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const ZEROS = ['zero', 'oh', 'nought', 'o'];
const FILLERS = ['uh', 'um', 'and', 'then', 'and then', 'er', 'dash'];

export function digitWord(random: Random, digit: string): string {
  return digit === '0' ? pick(random, ZEROS) : ONES[Number(digit)] ?? '';
}

/** One word a digit. */
export function oneByOne(random: Random, digits: string): string {
  return Array.from(digits, (digit) => digitWord(random, digit)).join(' ');
}

/** `double four`, `triple one` where a digit comes again. */
export function withRepeats(random: Random, digits: string): string {
  const words: string[] = [];
  for (let at = 0; at < digits.length;) {
    const digit = digits.charAt(at);
    const most = digits.slice(at, at + 4).split('').findIndex((other) => other !== digit);
    const run = most < 0 ? Math.min(4, digits.length - at) : most;
    const times = run > 1 && random.below(4) > 0 ? 2 + random.below(run - 1) : 1;
    words.push(times === 1 ? digitWord(random, digit) : `${['', '', 'double', pick(random, ['triple', 'treble']), 'quadruple'][times] ?? ''} ${digitWord(random, digit)}`);
    at += times;
  }
  return words.join(' ');
}

export function below100(value: number): string {
  if (value < 10) return ONES[value] ?? '';
  if (value < 20) return TEENS[value - 10] ?? '';
  return value % 10 === 0 ? TENS[Math.floor(value / 10)] ?? '' : `${TENS[Math.floor(value / 10)] ?? ''}-${ONES[value % 10] ?? ''}`;
}

/** `forty-one eleven`; pairs that begin with zero digit by digit. A pair such as `twenty` before a unit would be heard as one number. */
export function inPairs(random: Random, digits: string): string {
  const words: string[] = [];
  for (let at = 0; at < digits.length; at += 2) {
    const pair = digits.slice(at, at + 2);
    const next = digits.slice(at + 2, at + 4);
    const ambiguous = pair.endsWith('0') && next !== '' && (next.length < 2 || next.endsWith('0'));
    words.push(pair.length < 2 || pair.startsWith('0') || ambiguous ? oneByOne(random, pair) : below100(Number(pair)).replace('-', pick(random, ['-', ' '])));
  }
  return words.join(' ');
}

export function withFillers(random: Random, spoken: string): string {
  return spoken.split(' ').map((word, at) => (at > 0 && random.below(5) === 0 && !/^(?:double|triple|treble|quadruple)$/u.test(spoken.split(' ')[at - 1] ?? '') ? `${pick(random, FILLERS)} ${word}` : word)).join(' ');
}

/** Figures in groups, with one separator or several. */
export function grouped(random: Random, digits: string, separators: readonly string[] = [' ', '-', '', ', ', '.', ' - ']): string {
  const separator = pick(random, separators);
  const size = pick(random, [4, 4, 4, 1, 2, 3, 5, 8]);
  return digits.match(new RegExp(`.{1,${size}}`, 'gu'))?.join(separator) ?? digits;
}

/** Cut into `parts` pieces at any place. */
export function cutInto(random: Random, digits: string, parts: number): readonly string[] {
  const cuts = [...new Set(Array.from({ length: parts - 1 }, () => 1 + random.below(digits.length - 1)))].sort((one, other) => one - other);
  return [0, ...cuts].map((from, index) => digits.slice(from, cuts[index] ?? digits.length));
}

/** One digit misheard. */
export function misheard(random: Random, digits: string): string {
  const at = random.below(digits.length);
  return `${digits.slice(0, at)}${(Number(digits.charAt(at)) + 1 + random.below(9)) % 10}${digits.slice(at + 1)}`;
}

export function randomDigits(random: Random, count: number): string {
  return Array.from({ length: count }, () => String(random.below(10))).join('');
}
