import { wordsOf } from './words.js';

const UNITS: Readonly<Record<string, string>> = {
  zero: '0', oh: '0', o: '0', nought: '0', one: '1', two: '2', three: '3', four: '4', five: '5', six: '6', seven: '7', eight: '8', nine: '9',
};
const TEENS: Readonly<Record<string, string>> = {
  ten: '10', eleven: '11', twelve: '12', thirteen: '13', fourteen: '14', fifteen: '15', sixteen: '16', seventeen: '17', eighteen: '18', nineteen: '19',
};
const TENS: Readonly<Record<string, string>> = {
  twenty: '2', thirty: '3', forty: '4', fifty: '5', sixty: '6', seventy: '7', eighty: '8', ninety: '9',
};
const REPEATS: Readonly<Record<string, number>> = { double: 2, triple: 3 };
/** May stand between the digits of one number. */
const FILLERS = new Set(['uh', 'um', 'er', 'and', 'then']);
/** May stand around a number that is all the caller says. */
const POLITE = new Set([...FILLERS, 'it', 'its', 'is', 'please', 'number', 'the', 'my', 'yes', 'okay']);

/**
 * The longest run of digits in what was said: "four seven double one" → 4711, "forty seven eleven" → 4711, "4711" → 4711.
 * A single digit counts only when it is all that was said: "one moment" is no number. Null when there is none.
 */
export function spokenDigits(text: string): string | null {
  const words = wordsOf(text);
  let best = '';
  let run = '';
  let others = 0;
  for (let at = 0; at < words.length;) {
    const { digits, took } = digitsAt(words, at);
    if (digits !== '') run += digits;
    else if (!FILLERS.has(words[at] ?? '')) run = '';
    if (digits === '' && !POLITE.has(words[at] ?? '')) others += 1;
    if (run.length > best.length) best = run;
    at += took;
  }
  if (best === '') return null;
  return best.length > 1 || others === 0 ? best : null;
}

function digitsAt(words: readonly string[], at: number): { readonly digits: string; readonly took: number } {
  const word = words[at] ?? '';
  const next = words[at + 1] ?? '';
  const repeat = REPEATS[word];
  if (repeat !== undefined) {
    const digit = digitOf(next);
    return digit.length === 1 ? { digits: digit.repeat(repeat), took: 2 } : { digits: '', took: 1 };
  }
  const tens = TENS[word];
  if (tens === undefined) return { digits: digitOf(word), took: 1 };
  const unit = UNITS[next];
  return unit === undefined || unit === '0' ? { digits: `${tens}0`, took: 1 } : { digits: tens + unit, took: 2 };
}

function digitOf(word: string): string {
  return UNITS[word] ?? TEENS[word] ?? (/^\d+$/u.test(word) ? word : '');
}
