/*
 * What a model writes is meant to be read; what a voice gets must be speakable. This cleaner takes text character by
 * character, in deltas cut anywhere, and gives the same result as for the whole text at once: markdown marks, emoji and
 * control characters are gone, white space is one blank. A line break stays `\n`: it ends a sentence.
 */

/** Memory between two deltas. Plain data. */
export interface CleanerState {
  /** Characters that cannot be judged before the next one is seen. */
  readonly held: string;
  /** Last character judged, as it came; '\n' at the beginning. */
  readonly previous: string;
  /** Last character given out; a blank after a blank is dropped. */
  readonly lastOut: string;
  /** Inside the target of a link, which is not spoken. */
  readonly inLinkTarget: boolean;
}

export const OPEN_CLEANER: CleanerState = { held: '', previous: '\n', lastOut: '\n', inLinkTarget: false };

/** Marks that mean something only at the beginning of a line. */
const LINE_MARK = /[^\S\n]|[>#*+•=_-]/u;
const MARKER = /^\s*(?:#{1,6}\s+|>\s?|[-+*•]\s+)/u;
const RULE = /^\s*(?:[-*_=]\s*){3,}$/u;
/** A line's beginning longer than this is not a mark. */
const LINE_MARKS_MAX = 32;

/** Zero-width and direction marks, variation selectors, joiners, keycaps, tags: nothing of it is heard. */
const INVISIBLE = /[\u200B\u200D\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFE0E\uFE0F\uFEFF\u20E3\u{E0020}-\u{E007F}]/u;
const EMOJI = /[\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}]|(?![©®™])\p{Extended_Pictographic}/u;
const BLANK = /\s/u;
const CONTROL = /\p{Cc}|\p{Cs}/u;
const LETTER = /[\p{L}\p{N}]/u;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Cleans `delta`; `last` says that nothing follows, so that nothing is held back. */
export function clean(state: CleanerState, delta: string, last = false): { readonly state: CleanerState; readonly text: string } {
  const s: Mutable<CleanerState> = { ...state };
  const characters = Array.from(s.held + delta);
  // Half of a surrogate pair waits for the other half.
  const half = last ? '' : loneHighSurrogate(characters);
  s.held = '';
  let text = '';
  for (let at = 0; at < characters.length;) {
    const step = judge(s, characters, at, last);
    if (step === null) { s.held = characters.slice(at).join(''); break; }
    text += emit(s, step.out);
    s.previous = characters[at + step.took - 1] ?? s.previous;
    at += step.took;
  }
  s.held += half;
  return { state: s, text };
}

function loneHighSurrogate(characters: string[]): string {
  const code = characters.at(-1)?.codePointAt(0) ?? 0;
  return code >= 0xd800 && code <= 0xdbff ? (characters.pop() ?? '') : '';
}

/** White space is given out once, and a line break swallows the blanks around it. */
function emit(s: Mutable<CleanerState>, out: string): string {
  let text = '';
  for (const character of out) {
    if (character === '\n' ? s.lastOut === '\n' : BLANK.test(character) && BLANK.test(s.lastOut)) continue;
    text += character;
    s.lastOut = character;
  }
  return text;
}

interface Judgement {
  readonly took: number;
  readonly out: string;
}

const drop = (took = 1): Judgement => ({ took, out: '' });

/** What becomes of the character at `at`; null: it cannot be told before more is known. */
function judge(s: Mutable<CleanerState>, characters: readonly string[], at: number, last: boolean): Judgement | null {
  const character = characters[at] ?? '';
  if (s.inLinkTarget) {
    s.inLinkTarget = character !== ')' && character !== '\n';
    return character === '\n' ? { took: 1, out: '\n' } : drop();
  }
  if (s.previous === '\n') {
    const mark = judgeLineStart(characters, at, last);
    if (mark !== 'none') return mark;
  }
  return judgeMark(s, character, last ? (characters[at + 1] ?? ' ') : characters[at + 1]);
}

function judgeLineStart(characters: readonly string[], at: number, last: boolean): Judgement | null | 'none' {
  const end = lineMarksEnd(characters, at);
  const textEnds = end === characters.length;
  if (textEnds && !last && end - at < LINE_MARKS_MAX) return null;
  const marks = characters.slice(at, end).join('');
  if ((textEnds || characters[end] === '\n') && RULE.test(marks)) return drop(end - at);
  const marker = MARKER.exec(marks)?.[0];
  return marker === undefined ? 'none' : drop(marker.length);
}

function lineMarksEnd(characters: readonly string[], at: number): number {
  let end = at;
  while (end < characters.length && end - at < LINE_MARKS_MAX && LINE_MARK.test(characters[end] ?? '')) end += 1;
  return end;
}

function judgeMark(s: Mutable<CleanerState>, character: string, next: string | undefined): Judgement | null {
  if (character === '\n') return { took: 1, out: '\n' };
  if (character === '`' || character === '[') return drop();
  if (character === '|') return { took: 1, out: ' ' };
  if (!'*_~!]'.includes(character)) return { took: 1, out: plain(character) };
  return next === undefined ? null : judgeByNext(s, character, next);
}

function judgeByNext(s: Mutable<CleanerState>, character: string, next: string): Judgement {
  switch (character) {
    case '~': return next === '~' ? drop(2) : { took: 1, out: '~' };
    case '!': return { took: 1, out: next === '[' ? '' : '!' }; // the mark of an image
    case ']':
      s.inLinkTarget = next === '(';
      return drop(next === '(' ? 2 : 1);
    default: return judgeEmphasis(s, character, next);
  }
}

/** `**bold**` and `_this_` lose their marks; `2 * 3` and `snake_case` keep theirs. */
function judgeEmphasis({ previous }: CleanerState, character: string, next: string): Judgement {
  const inWord = LETTER.test(previous) && LETTER.test(next);
  const alone = BLANK.test(previous) && BLANK.test(next);
  const kept = character === '_' ? inWord : alone;
  return kept ? { took: 1, out: character } : drop();
}

function plain(character: string): string {
  if (BLANK.test(character)) return ' ';
  return CONTROL.test(character) || INVISIBLE.test(character) || EMOJI.test(character) ? '' : character;
}
