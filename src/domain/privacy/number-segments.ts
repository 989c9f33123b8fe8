import type { NumberLanguage } from './number-language.js';
import { type Token, numberTokens } from './number-tokens.js';

/** Digits with nothing but separators and fillers between them: what one breath says of a number. Masked as a whole or not at all. */
export interface NumberSegment {
  readonly digits: string;
  /** The digits with one pair of tens and unit as two numbers, one reading for each such pair. */
  readonly otherReadings: readonly string[];
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** Digits before each of its tokens, and behind the last: where a number may begin and end. */
  readonly cuts: readonly number[];
  /** Words before it in the utterance that belong to no number. */
  readonly wordsBefore: number;
  /** Written with a plus: a telephone number. */
  readonly international: boolean;
  /** Its digits touch letters, as those of an id do. */
  readonly glued: boolean;
  /** Something else than a card number by what stands around it: `$12`, `12 euros`, `12 March` (amount), `order number 12` (other). */
  readonly named: 'amount' | 'other' | null;
  /** A valid IBAN together with what stands before it. */
  readonly iban: boolean;
}

/** One utterance cut into what matters here. */
export interface NumberText {
  readonly tokens: readonly Token[];
  readonly segments: readonly NumberSegment[];
  /** Words that belong to no number. */
  readonly words: number;
  /** A card or its security code is mentioned. */
  readonly mentionsCard: boolean;
  /** Something else that has a number is mentioned, and no card. */
  readonly mentionsOther: boolean;
}

/** An utterance's name for what its number is stands so near before it. */
const NAME_TOKENS_MAX = 5;
/** More tokens than a card has digits with what may stand around them: read in one way only. */
const READINGS_TOKENS_MAX = 24;
/** A longer number is no amount or date, whatever follows it. */
const AMOUNT_DIGITS_MAX = 9;
const IBAN_HEAD = /([A-Z]{2})(\d{2})?(?:[ -]?([A-Z]{4}))?[ -]?$/u;
const IBAN_HEAD_CHARACTERS = 12;

/** Keypad entries: figures only, each character one digit, `#` and `*` end a number. */
export function keypadText(keys: string): NumberText {
  const segments = [...keys.matchAll(/\d+/gu)].map((found): NumberSegment => ({
    digits: found[0], otherReadings: [], start: found.index, end: found.index + found[0].length, cuts: Array.from({ length: found[0].length + 1 }, (_, cut) => cut),
    wordsBefore: 0, international: false, glued: false, named: null, iban: false,
  }));
  return { tokens: [], segments, words: 0, mentionsCard: false, mentionsOther: false };
}

export function numberText(text: string, language: NumberLanguage): NumberText {
  const tokens = numberTokens(text, language);
  const segments: NumberSegment[] = [];
  let words = 0;
  let cardSaid = false;
  let run: Token[] = [];
  let runWords = 0;
  let runFrom = 0;
  const end = (at: number): void => {
    if (run.length > 0) segments.push(segmentOf({ text, tokens, run, wordsBefore: runWords, from: runFrom, next: at, cardSaid }));
    run = [];
  };
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'number') {
      if (beginsAnew(token, tokens[at - 1])) end(at);
      if (run.length === 0) [runWords, runFrom] = [words, at];
      run.push(token);
    } else if (token.kind !== 'filler' || run[0]?.before === '$') {
      end(at);
      words += 1;
      cardSaid ||= token.mark === 'card';
    }
  }
  end(tokens.length);
  const mentionsCard = tokens.some(({ mark }) => mark === 'card' || mark === 'cvv');
  return { tokens, segments, words, mentionsCard, mentionsOther: !mentionsCard && tokens.some(({ mark }) => mark === 'other') };
}

/** A sign of currency, a plus or an IP address is no place to go on with a number. */
function beginsAnew(token: Token, previous: Token | undefined): boolean {
  return token.before !== '' || token.alone || previous?.alone === true;
}

interface Run {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly run: readonly Token[];
  readonly wordsBefore: number;
  /** Index of its first token, and of the one that ended it. */
  readonly from: number;
  readonly next: number;
  /** A card was mentioned before it. */
  readonly cardSaid: boolean;
}

function segmentOf(whole: Run): NumberSegment {
  const { text, run, wordsBefore } = whole;
  const digits = run.map((token) => token.digits).join('');
  const start = run[0]?.start ?? 0;
  const cuts = [0];
  for (const token of run) cuts.push((cuts.at(-1) ?? 0) + token.digits.length);
  return {
    digits, otherReadings: otherReadings(run), start, end: run.at(-1)?.end ?? 0, cuts, wordsBefore,
    international: run[0]?.before === '+',
    glued: run.some(({ glued }) => glued),
    named: nameOf(whole, digits.length),
    iban: isIban(text.slice(Math.max(0, start - IBAN_HEAD_CHARACTERS), start), digits),
  };
}

function otherReadings(run: readonly Token[]): readonly string[] {
  if (run.length > READINGS_TOKENS_MAX) return [];
  return run.flatMap(({ apart }, at) => (apart === '' ? [] : [run.map((token, index) => (index === at ? apart : token.digits)).join('')]));
}

function nameOf({ tokens, from, next, cardSaid }: Run, digits: number): NumberSegment['named'] {
  const around = [tokens[from - 2], tokens[from - 1], tokens[next], tokens[next + 1]];
  const isAmount = tokens[from]?.before === '$' || tokens[next]?.kind === 'unit' || around.some((token) => token?.mark === 'month');
  if (isAmount && digits <= AMOUNT_DIGITS_MAX) return 'amount';
  return !cardSaid && tokens.slice(Math.max(0, from - NAME_TOKENS_MAX), from).some(({ mark }) => mark === 'other') ? 'other' : null;
}

/** ISO 13616: country, two check digits, account; the check makes the whole 1 modulo 97. */
function isIban(head: string, digits: string): boolean {
  const found = IBAN_HEAD.exec(head);
  if (found === null) return false;
  const [, country = '', check = digits.slice(0, 2), bank = ''] = found;
  const account = found[2] === undefined ? digits.slice(2) : digits;
  let rest = 0;
  for (const digit of `${letterDigits(bank)}${account}${letterDigits(country)}${check}`) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

function letterDigits(letters: string): string {
  return Array.from(letters, (letter) => String(letter.charCodeAt(0) - 55)).join('');
}
