/**
 * Reads the digits of a text, knowing nothing of the masker: names of numbers are written out in full, every one of them, and
 * looked up longest first; anything else between digits is passed over. `#` stands where something was hidden.
 */
const UNITS = ['', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const LOW = ['ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const TIMES = new Map([['double', 2], ['triple', 3], ['treble', 3], ['quadruple', 4], ['doppel', 2], ['doble', 2]]);
const PLURALS = ['zeros', 'ones', 'twos', 'threes', 'fours', 'fives', 'sixes', 'sevens', 'eights', 'nines'];

const NAMES = new Map<string, string>();

function englishBelowHundred(value: number): string {
  if (value < 10) return UNITS[value] ?? '';
  if (value < 20) return LOW[value - 10] ?? '';
  return `${TENS[Math.floor(value / 10)] ?? ''} ${UNITS[value % 10] ?? ''}`.trim();
}

function learn(name: string, digits: string): void {
  if (!NAMES.has(name)) NAMES.set(name, digits);
}

for (const zero of ['zero', 'oh', 'o', 'nought', 'null', 'cero', 'zéro']) learn(zero, '0');
for (let value = 1; value < 100; value += 1) learn(englishBelowHundred(value), String(value));
for (let head = 1; head < 100; head += 1) {
  for (let rest = 0; rest < 100; rest += 1) learnSum(head, 'hundred', rest);
  for (let rest = 0; rest < 1000; rest += 1) learnSum(head, 'thousand', rest);
}
for (const [digit, plural] of PLURALS.entries()) for (let count = 2; count < 10; count += 1) learn(`${UNITS[count] ?? ''} ${plural}`, String(digit).repeat(count));

function learnSum(head: number, word: 'hundred' | 'thousand', rest: number): void {
  const tail = rest < 100 ? englishBelowHundred(rest) : `${UNITS[Math.floor(rest / 100)] ?? ''} hundred ${englishBelowHundred(rest % 100)}`.trim();
  const digits = String(head * (word === 'hundred' ? 100 : 1000) + rest);
  learn(`${englishBelowHundred(head)} ${word} ${tail}`.trim(), digits);
  if (tail !== '') learn(`${englishBelowHundred(head)} ${word} and ${tail}`, digits);
}

const GERMAN = 'null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn'.split(' ');
const GERMAN_TENS = 'zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig'.split(' ');
const SPANISH = ('cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve '
  + 'veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve').split(' ');
const SPANISH_TENS = 'treinta cuarenta cincuenta sesenta setenta ochenta noventa'.split(' ');
const FRENCH = 'zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix_sept dix_huit dix_neuf'.split(' ');
const FRENCH_TENS = 'vingt trente quarante cinquante soixante'.split(' ');
for (const list of [GERMAN, SPANISH, FRENCH]) for (const [value, name] of list.entries()) learn(name.replace('_', ' '), String(value));
for (const [index, ten] of GERMAN_TENS.entries()) {
  for (let unit = 0; unit < 10; unit += 1) learn(unit === 0 ? ten : `${unit === 1 ? 'ein' : GERMAN[unit] ?? ''}und${ten}`, String((index + 2) * 10 + unit));
}
for (const [index, ten] of SPANISH_TENS.entries()) for (let unit = 0; unit < 10; unit += 1) learn(unit === 0 ? ten : `${ten} y ${SPANISH[unit] ?? ''}`, String((index + 3) * 10 + unit));
for (let value = 20; value < 100; value += 1) learn(french(value), String(value));

export function french(value: number): string {
  if (value < 20) return (FRENCH[value] ?? '').replace('_', ' ');
  const base = value < 70 ? Math.floor(value / 10) * 10 : value < 80 ? 60 : 80;
  const rest = value - base;
  const ten = base === 80 ? 'quatre vingt' : FRENCH_TENS[base / 10 - 2] ?? '';
  if (rest === 0) return ten;
  return rest === 1 && base < 80 ? `${ten} et un` : `${ten} ${french(rest)}`;
}

export function german(value: number): string {
  if (value < 20) return GERMAN[value] ?? '';
  const ten = GERMAN_TENS[Math.floor(value / 10) - 2] ?? '';
  return value % 10 === 0 ? ten : `${value % 10 === 1 ? 'ein' : GERMAN[value % 10] ?? ''}und${ten}`;
}

export function spanish(value: number): string {
  if (value < 30) return SPANISH[value] ?? '';
  const ten = SPANISH_TENS[Math.floor(value / 10) - 3] ?? '';
  return value % 10 === 0 ? ten : `${ten} y ${SPANISH[value % 10] ?? ''}`;
}

const WORDS_MAX = 8;

/** The digits of `text` in order. */
export function readDigits(text: string): string {
  const words = text.normalize('NFKC').toLowerCase().replace(/\[[^\]]*\]/gu, ' # ').match(/\d|#|\p{L}+/gu) ?? [];
  let digits = '';
  let times = 1;
  for (let at = 0; at < words.length;) {
    const word = words[at] ?? '';
    let taken = 1;
    let read = /^[\d#]$/u.test(word) ? word : '';
    for (let length = Math.min(WORDS_MAX, words.length - at); read === '' && length > 0; length -= 1) {
      read = NAMES.get(words.slice(at, at + length).join(' ')) ?? '';
      taken = length;
    }
    digits += read.repeat(times);
    times = TIMES.get(word) ?? 1;
    at += read === '' ? 1 : taken;
  }
  return digits;
}

/** So many digits in a row of a card number are a leak. */
export const LEAK_DIGITS = 7;

/** Whether `text` still tells `LEAK_DIGITS` consecutive digits of `number`. */
export function tellsNumber(text: string, number: string): boolean {
  return tellNumber(readDigits(text), number);
}

/** The same of a text whose digits have been read: where a text is held against many numbers, it is read once. */
export function tellNumber(digits: string, number: string): boolean {
  for (let at = 0; at + LEAK_DIGITS <= number.length; at += 1) if (digits.includes(number.slice(at, at + LEAK_DIGITS))) return true;
  return false;
}
