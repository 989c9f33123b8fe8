/** A word of a synthesis, and where in its audio. */
export interface TimedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Rough pace of speech, 15 characters a second; used only for voices that do not tell where their words are. */
const MS_PER_CHARACTER = 66;
/** Voices tell some words in another form than the text has them ("3.50"): so many may be passed over. */
const LOOK_AHEAD = 3;

/** What of `text` comes after the words that were said to their end within `spokenMs`. Empty: all was said. */
export function unspokenText(text: string, words: readonly TimedWord[], spokenMs: number): string {
  return words.length > 0 ? afterWords(text, words.filter(({ endMs }) => endMs <= spokenMs)) : afterTime(text, spokenMs);
}

/** Whether the words reach to the end of the text: what is left holds no letter or digit. */
export function saysAll(text: string, words: readonly TimedWord[]): boolean {
  return !/[\p{L}\p{N}]/u.test(afterWords(text, words));
}

/**
 * Walks along the text token by token (what blanks separate). A voice may tell a token in several words ("A-B-C"), or only the beginning of it
 * ("don" of "don't"): a token is said when any word of it was.
 */
function afterWords(text: string, said: readonly TimedWord[]): string {
  const tokens = [...text.matchAll(/\S+/gu)].map(({ 0: token, index }) => ({ token: token.toLowerCase(), index }));
  let current = -1;
  let offset = 0;
  for (const { text: word } of said) {
    const wanted = bare(word);
    const here = wanted === '' ? -1 : tokens[current]?.token.indexOf(wanted, offset) ?? -1;
    if (here >= 0) { offset = here + wanted.length; continue; }
    const next = wanted === '' ? -1 : nextToken(tokens.slice(current + 1, current + 1 + LOOK_AHEAD).map(({ token }) => token), wanted);
    if (next < 0) continue;
    current += 1 + next;
    offset = (tokens[current]?.token.indexOf(wanted) ?? 0) + wanted.length;
  }
  const rest = tokens[current + 1];
  return rest === undefined ? '' : text.slice(rest.index).replace(/^[^\p{L}\p{N}]+/u, '');
}

/** The token that is the word, else the first that begins with it, else the first that holds it; -1: none. */
function nextToken(tokens: readonly string[], wanted: string): number {
  for (const fits of [(token: string) => bare(token) === wanted, (token: string) => bare(token).startsWith(wanted), (token: string) => token.includes(wanted)]) {
    const found = tokens.findIndex(fits);
    if (found >= 0) return found;
  }
  return -1;
}

function bare(word: string): string {
  return word.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
}

/** Better a word twice than one that is missing: the one that was under way is said again. */
function afterTime(text: string, spokenMs: number): string {
  const position = Math.floor(spokenMs / MS_PER_CHARACTER);
  if (position >= text.length) return '';
  const wordBegin = text.slice(0, position + 1).search(/\S+$/u);
  return text.slice(wordBegin < 0 ? position : wordBegin).trimStart();
}
