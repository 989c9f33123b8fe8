/* Where a text may be cut so that each piece can be spoken by itself. */

/** A piece shorter than this is not worth a breath of its own. */
const PIECE_CHARACTERS_MIN = 12;

export interface BoundaryRequest {
  /** A clause is enough; otherwise a whole sentence is wanted. */
  readonly clause: boolean;
  readonly charactersMax: number;
  /** Nothing follows the text. */
  readonly last: boolean;
}

/** Never the end of a sentence: a name or a number follows. */
const OPEN_ABBREVIATIONS = new Set([
  'mr', 'mrs', 'ms', 'mx', 'dr', 'prof', 'sr', 'st', 'mt', 'rev', 'hon', 'gen', 'col', 'sgt', 'capt', 'lt', 'fr', 'hr', 'nr', 'str', 'sra', 'mme', 'mlle',
  'e.g', 'i.e', 'z.b', 'd.h', 'p.ej', 'vs', 'cf', 'fig', 'ext', 'tel', 'ca', 'bzw', 'approx', 'dept', 'est',
]);
/** The end of a sentence only when a capital follows. */
const CLOSED_ABBREVIATIONS = new Set([
  'a.m', 'p.m', 'etc', 'inc', 'ltd', 'co', 'corp', 'jr', 'u.s', 'u.k', 'e.u', 'usw', 'u.s.a', 'ave', 'blvd', 'rd', 'no', 'min', 'max',
  'jan', 'feb', 'mar', 'apr', 'jun', 'jul', 'aug', 'sep', 'sept', 'oct', 'nov', 'dec', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun',
]);

const SENTENCE_MARK = /[.!?…。！？]/u;
const CLAUSE_MARK = /[,;:.!?…、，；：。！？–—-]/u;
/** Marks of scripts that write no blanks between sentences. */
const WIDE_MARK = /[。！？、，；：]/u;
const CLOSER = /["'”’»)\]」』]/u;
const BLANK = /\s/u;

/** Index after the first piece of `text` (blanks after it included), or null when it is not known to be complete. */
export function findBoundary(text: string, request: BoundaryRequest): number | null {
  const marks = request.clause ? CLAUSE_MARK : SENTENCE_MARK;
  const end = firstEnd(text, marks, request);
  if (end !== null) return end;
  if (text.length > request.charactersMax) return forcedEnd(text, request.charactersMax);
  return request.last && text !== '' ? text.length : null;
}

function firstEnd(text: string, marks: RegExp, { charactersMax, last }: BoundaryRequest): number | null {
  const start = text.length - text.trimStart().length;
  for (let at = start; at < Math.min(text.length, start + charactersMax); at += 1) {
    const character = text.charAt(at);
    if (character === '\n') return at + 1; // the writer ended something, however short
    if (!marks.test(character)) continue;
    const end = endAfter(text, at);
    if (end - start < PIECE_CHARACTERS_MIN) continue;
    if (isEnd(text, at, end, last)) return blanksAfter(text, end);
  }
  return null;
}

/** Behind the mark, its repetitions and what closes around it: `?!")`. */
function endAfter(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && (CLOSER.test(text.charAt(end)) || (SENTENCE_MARK.test(text.charAt(end)) && SENTENCE_MARK.test(text.charAt(at))))) end += 1;
  return end;
}

/**
 * True when something ends at the punctuation `mark`; `end` is the index behind it and its closers. A mark at the end of the
 * text ends nothing yet: what follows decides.
 */
function isEnd(text: string, mark: number, end: number, last: boolean): boolean {
  const character = text.charAt(mark);
  if (end === text.length) return last;
  if (WIDE_MARK.test(character)) return true;
  if (!BLANK.test(text.charAt(end))) return false; // 3.5, e-mail, 10:30, 1,000, example.com
  if (/[–—-]/u.test(character) && !BLANK.test(text.charAt(mark - 1))) return false; // "re- and outbound"
  return character === '.' || character === '…' ? isEndAtDot(text, mark, blanksAfter(text, end), last) : true;
}

/** A dot ends a sentence unless it belongs to an abbreviation, an initial or an ordinal. `next` is where the text goes on. */
function isEndAtDot(text: string, mark: number, next: number, last: boolean): boolean {
  if (text.slice(mark, next).includes('\n')) return true;
  const word = /[^\s("'“«[]*$/u.exec(text.slice(0, mark))?.[0] ?? '';
  const kind = dotKind(word, text, mark);
  if (kind !== 'closed') return kind === 'plain';
  return next === text.length ? last : /[\p{Lu}\p{Lt}\p{Lo}"“«(¿¡]/u.test(text.charAt(next));
}

/** `closed` is decided by what follows. */
function dotKind(word: string, text: string, mark: number): 'open' | 'closed' | 'plain' {
  const lower = word.toLowerCase();
  if (OPEN_ABBREVIATIONS.has(lower)) return 'open';
  if (/^\p{Lu}$/u.test(word) && word !== 'I') return 'open'; // J. Smith
  if (/^\d{1,3}$/u.test(word)) return text.slice(0, mark).trim() === word ? 'open' : 'closed'; // "1. First", "am 3. Mai"
  if (CLOSED_ABBREVIATIONS.has(lower) || text.charAt(mark) === '…' || text.charAt(mark + 1) === '.' || text.charAt(mark - 1) === '.') return 'closed';
  return 'plain';
}

function blanksAfter(text: string, end: number): number {
  let next = end;
  while (next < text.length && BLANK.test(text.charAt(next))) next += 1;
  return next;
}

/** No end in sight: the last clause, else the last word that fits, else the middle of a word. */
function forcedEnd(text: string, charactersMax: number): number {
  const head = text.slice(0, charactersMax);
  const clause = /^.*[,;:–—](?=\s)/su.exec(head)?.[0].length ?? 0;
  if (clause >= PIECE_CHARACTERS_MIN) return blanksAfter(text, clause);
  const word = head.search(/\s\S*$/u);
  if (word > 0) return blanksAfter(text, word);
  const middle = /[\uD800-\uDBFF]$/u.test(head) ? charactersMax - 1 : charactersMax;
  return middle;
}
