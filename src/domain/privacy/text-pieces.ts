/** Smallest part of a text: figures, a word, or something that is neither (an id, a date) and is left alone. */
export interface TextPiece {
  readonly kind: 'figures' | 'word' | 'opaque';
  /** Words in lower case, figures as 0-9, an opaque piece as it came. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** What stands directly before: `+` of a telephone number, a currency sign, or nothing of these. */
  readonly before: '+' | '$' | '';
  /** Figures that touch letters: part of an id unless they are a whole card number. */
  readonly glued: boolean;
  /** Four numbers with dots, an IP address or a piece of a card: no part of a longer number in the same breath. */
  readonly alone: boolean;
  /** Nothing but blanks and hyphens between it and the piece before: `forty one`, not `forty, one`. */
  readonly close: boolean;
}

/** Never a card, whatever their digits: UUIDs, ISO dates with or without time, dates, times of day. */
const OPAQUE = [
  /\p{Hex_Digit}{8}(?:-\p{Hex_Digit}{4}){3}-\p{Hex_Digit}{12}/u,
  /(?:19|20)\d\d-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])(?:[T ]?\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![.-]?\d)/u,
  /(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?![./-]?\d)/u,
  /(?:0?[1-9]|1[0-2])\/(?:0?[1-9]|[12]\d|3[01])\/(?:19|20)\d\d(?![./-]?\d)/u,
  /(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![:.\d-])/u,
];
const IP_ADDRESS = String.raw`(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![.\d])`;
const NOTHING_BEFORE = String.raw`(?<![\p{L}\p{N}])(?<!\d[.:/-])`;
const PIECE = new RegExp(`(?<address>${NOTHING_BEFORE}${IP_ADDRESS}(?!\\p{L}))|(?<opaque>${NOTHING_BEFORE}(?:${OPAQUE.map((form, index) => numbered(form.source, index)).join('|')})(?!\\p{L}))|(?:[\\p{L}'’]\\p{M}*|\\p{N})+`, 'gu');
const FIGURES = /^\p{Nd}+$/u;
const MIXED = /\p{Nd}/u;
const LETTERS_THEN_FIGURES = /^\p{L}{3,}(?=\p{Nd}+$)/u;
/** Trace ids and hashes: long enough that some hold a valid card number by chance. */
const HASH = /^(?:\p{Hex_Digit}{32}|\p{Hex_Digit}{40}|\p{Hex_Digit}{64})$/u;
const FIGURES_IN_ID = /\p{Nd}{13,}/gu;
const CLOSE = /[\p{L}\p{N}][\s\u2010-\u2015-]{1,3}$/u;
const CURRENCY = /[$€£¥₹]\s?$/u;
/** Zeros of the scripts that recognisers and keyboards write figures in. */
const ZEROS = [0x30, 0x660, 0x6f0, 0x966, 0xff10];

/** One back reference in the list: each form gets its own name for it. */
function numbered(source: string, index: number): string {
  return source.replace('([./-])', `(?<mark${index}>[./-])`).replace('\\1', `\\k<mark${index}>`);
}

/** Cuts `text` into pieces; what stands between them (blanks, punctuation, symbols) belongs to none. */
export function textPieces(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  for (const match of text.matchAll(PIECE)) {
    const start = match.index;
    if (match.groups?.['address'] !== undefined) pieces.push({ ...piece(text, 'figures', start, start + match[0].length), alone: true });
    else if (match.groups?.['opaque'] !== undefined) pieces.push(piece(text, 'opaque', start, start + match[0].length));
    else pieces.push(...chunkPieces(text, start, match[0]));
  }
  return pieces;
}

function chunkPieces(text: string, start: number, chunk: string): readonly TextPiece[] {
  const end = start + chunk.length;
  if (FIGURES.test(chunk)) return [piece(text, 'figures', start, end)];
  if (!MIXED.test(chunk)) return [piece(text, 'word', start, end)];
  if (HASH.test(chunk)) return [piece(text, 'opaque', start, end)];
  const letters = LETTERS_THEN_FIGURES.exec(chunk)?.[0].length; // `card4111`
  if (letters !== undefined) return [piece(text, 'word', start, start + letters), { ...piece(text, 'figures', start + letters, end), glued: true }];
  const inside = [...chunk.matchAll(FIGURES_IN_ID)];
  if (inside.length === 0) return [piece(text, 'opaque', start, end)];
  return inside.map((found) => ({ ...piece(text, 'figures', start + found.index, start + found.index + found[0].length), glued: true }));
}

function piece(text: string, kind: TextPiece['kind'], start: number, end: number): TextPiece {
  const raw = text.slice(start, end);
  const head = kind === 'figures' ? text.slice(Math.max(0, start - 2), start) : '';
  const before = CURRENCY.test(head) ? '$' : head.endsWith('+') ? '+' : '';
  return { kind, text: kind === 'figures' ? figures(raw) : kind === 'word' ? raw.toLowerCase().replace(/’/gu, '\'') : raw, start, end, before, glued: false, alone: false, close: CLOSE.test(text.slice(Math.max(0, start - 4), start)) };
}

function figures(raw: string): string {
  return Array.from(raw, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const zero = ZEROS.find((first) => code >= first && code <= first + 9);
    return zero === undefined ? character : String(code - zero);
  }).join('').replace(/\D/gu, '');
}
