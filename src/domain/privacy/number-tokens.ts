import type { Mark, NumberLanguage } from './number-language.js';
import { type TextPiece, textPieces } from './text-pieces.js';

/** What a text is made of, as the search for card numbers sees it. Offsets are those of the text in UTF-16 units. */
export interface Token {
  readonly kind: 'number' | 'word' | 'unit' | 'filler' | 'mark' | 'opaque';
  readonly start: number;
  readonly end: number;
  /** Of a number: `forty-one` is `41`, `double four` is `44`. Empty for other kinds. */
  readonly digits: string;
  /** Tens and unit as two numbers: `sixty five` may be 65 or, said slowly, 60 5. Empty for all others. */
  readonly apart: string;
  readonly mark: Mark | null;
  readonly before: TextPiece['before'];
  readonly glued: boolean;
  readonly alone: boolean;
}

/** A number read at some piece. */
interface Reading {
  readonly digits: string;
  readonly apart?: string;
  /** Index of the piece after it. */
  readonly next: number;
}

/** Reads numbers however they are written or said: `4111`, `four one`, `forty-one`, `double one`, `six thousand eleven`. */
export function numberTokens(text: string, language: NumberLanguage): readonly Token[] {
  const pieces = textPieces(text);
  const tokens: Token[] = [];
  for (let at = 0; at < pieces.length;) {
    const { token, next } = tokenAt(pieces, at, language);
    tokens.push(token);
    at = next;
  }
  return tokens;
}

function tokenAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage): { readonly token: Token; readonly next: number } {
  const first = pieces[at] as TextPiece;
  const marked = markAt(pieces, at, language);
  if (marked !== null) return { token: token(pieces, at, marked.next, { kind: 'mark', mark: marked.mark }), next: marked.next };
  const number = first.kind === 'opaque' ? null : numberAt(pieces, at, language);
  if (number !== null) return { token: token(pieces, at, number.next, { kind: 'number', digits: number.digits, apart: number.apart ?? '' }), next: number.next };
  return { token: token(pieces, at, at + 1, { kind: plainKind(first, language) }), next: at + 1 };
}

function plainKind(piece: TextPiece, language: NumberLanguage): Token['kind'] {
  if (piece.kind === 'opaque') return 'opaque';
  if (language.units.has(piece.text)) return 'unit';
  return language.fillers.has(piece.text) ? 'filler' : 'word';
}

function token(pieces: readonly TextPiece[], from: number, to: number, is: Partial<Token> & Pick<Token, 'kind'>): Token {
  const first = pieces[from] as TextPiece;
  const last = pieces[to - 1] as TextPiece;
  return { digits: '', apart: '', mark: null, start: first.start, end: last.end, before: first.before, glued: first.glued || last.glued, alone: first.alone, ...is };
}

function markAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage): { readonly mark: Mark; readonly next: number } | null {
  const phrases = language.phrases.get(pieces[at]?.text ?? '') ?? [];
  const first = pieces[at]?.text ?? '';
  const isNumber = language.digits.has(first) || language.twoDigits.has(first); // French `sept`, English September
  const found = phrases.find(({ words }) => (!isNumber || words.length > 1) && words.every((word, index) => pieces[at + index]?.text === word));
  return found === undefined ? null : { mark: found.mark, next: at + found.words.length };
}

function numberAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage): Reading | null {
  const piece = pieces[at];
  if (piece === undefined) return null;
  const times = language.repeats.get(piece.text);
  if (times !== undefined) return repeated(repeatedAt(pieces, at + 1, language), times);
  const simple = simpleAt(pieces, at, language);
  return simple === null ? null : pluralAfter(pieces, simple, language) ?? timesAfter(pieces, simple, language) ?? magnitudeAfter(pieces, simple, language);
}

function repeated(reading: Reading | null, times: number): Reading | null {
  return reading === null || reading.digits.length > 2 ? null : { digits: reading.digits.repeat(times), next: reading.next };
}

/** What `double` doubles; German puts an article before it: `zweimal die vier`. */
function repeatedAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage): Reading | null {
  return simpleAt(pieces, language.fillers.has(pieces[at]?.text ?? '') ? at + 1 : at, language);
}

/** `three times one` is 111. */
function timesAfter(pieces: readonly TextPiece[], count: Reading, language: NumberLanguage): Reading | null {
  const times = Number(count.digits);
  const said = language.timesWords.has(pieces[count.next]?.text ?? '') && times >= 2 && times <= 9;
  return said ? repeated(repeatedAt(pieces, count.next + 1, language), times) : null;
}

/** `four ones` is 1111. */
function pluralAfter(pieces: readonly TextPiece[], count: Reading, language: NumberLanguage): Reading | null {
  const digit = language.plurals.get(pieces[count.next]?.text ?? '');
  const times = Number(count.digits);
  return digit === undefined || times < 2 || times > 9 ? null : { digits: digit.repeat(times), next: count.next + 1 };
}

/** `forty-one hundred eleven` is 4111, `six thousand eleven` is 6011. */
function magnitudeAfter(pieces: readonly TextPiece[], head: Reading, language: NumberLanguage): Reading {
  const word = pieces[head.next]?.text ?? '';
  if (head.digits.length > 2 || pieces[head.next]?.kind !== 'word') return head;
  if (language.thousands.has(word)) {
    const below = simpleAt(pieces, head.next + 1, language);
    return summed(head, 1000, below === null ? null : magnitudeAfter(pieces, below, language));
  }
  return language.hundreds.has(word) ? summed(head, 100, simpleAt(pieces, head.next + 1, language)) : head;
}

function summed(head: Reading, magnitude: number, rest: Reading | null): Reading {
  const fits = rest !== null && Number(rest.digits) < magnitude && !rest.digits.startsWith('0');
  return { digits: String(Number(head.digits) * magnitude + (fits ? Number(rest.digits) : 0)), next: fits ? rest.next : head.next + 1 };
}

/** Figures, or a value below a hundred in words. */
function simpleAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage): Reading | null {
  const piece = pieces[at];
  if (piece === undefined || piece.kind === 'opaque') return null;
  if (piece.kind === 'figures') return { digits: piece.text, next: at + 1 };
  return tensAt(pieces, at, language) ?? reversedTensAt(pieces, at, language) ?? wordAt(piece.text, at, language);
}

function wordAt(word: string, at: number, language: NumberLanguage): Reading | null {
  const value = language.twoDigits.get(word);
  const digits = value === undefined ? language.digits.get(word) : String(value);
  return digits === undefined ? null : { digits, next: at + 1 };
}

function tensAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage): Reading | null {
  const { name, next } = tensNameAt(pieces, at, language);
  const tens = language.tens.get(name);
  if (tens === undefined) return null;
  const joined = language.tensJoiners.has(pieces[next]?.text ?? '') ? next + 1 : next;
  const rest = unitAt(pieces, joined, language, language.tensTakingTeens.has(name) ? 19 : 9);
  return rest === null ? { digits: String(tens), next } : { digits: String(tens + Number(rest.digits)), apart: `${tens}${rest.digits}`, next: rest.next };
}

/** One word, or two with a hyphen: `quatre-vingt`. */
function tensNameAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage): { readonly name: string; readonly next: number } {
  const one = pieces[at]?.text ?? '';
  const two = pieces[at + 1]?.close === true ? `${one}-${pieces[at + 1]?.text ?? ''}` : '';
  return language.tens.has(two) ? { name: two, next: at + 2 } : { name: one, next: at + 1 };
}

/** What may follow tens: 1 to `max`, in words. */
function unitAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage, max: number): Reading | null {
  const piece = pieces[at];
  if (piece?.kind !== 'word' || !piece.close) return null;
  const rest = max > 9 && (language.tens.get(piece.text) ?? 100) <= max ? tensAt(pieces, at, language) : wordAt(piece.text, at, language);
  const value = Number(rest?.digits ?? 0);
  return value >= 1 && value <= max ? rest : null;
}

function reversedTensAt(pieces: readonly TextPiece[], at: number, language: NumberLanguage): Reading | null {
  const unit = language.reversedUnits.get(pieces[at]?.text ?? '');
  if (unit === undefined || !language.reversedJoiners.has(pieces[at + 1]?.text ?? '')) return null;
  const tens = language.tens.get(pieces[at + 2]?.text ?? '');
  return tens === undefined ? null : { digits: String(tens + unit), next: at + 3 };
}
