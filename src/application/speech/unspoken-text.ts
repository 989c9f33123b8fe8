/** A word of a synthesis, and where in its audio. */
export interface TimedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Rough pace of speech, 15 characters a second; used only for voices that do not tell where their words are. */
const MS_PER_CHARACTER = 66;

/** What of `text` comes after the words that were said to their end within `spokenMs`. Empty: all was said. */
export function unspokenText(text: string, words: readonly TimedWord[], spokenMs: number): string {
  return words.length > 0 ? afterWords(text, words.filter(({ endMs }) => endMs <= spokenMs)) : afterTime(text, spokenMs);
}

/** Whether the words reach to the end of the text: what is left holds no letter or digit. */
export function saysAll(text: string, words: readonly TimedWord[]): boolean {
  return !/[\p{L}\p{N}]/u.test(afterWords(text, words));
}

function afterWords(text: string, said: readonly TimedWord[]): string {
  let at = 0;
  for (const word of said) {
    const found = find(text, bare(word.text), at);
    if (found >= 0) at = found;
  }
  return text.slice(at).replace(/^[^\p{L}\p{N}]+/u, '');
}

/** Where the next occurrence of `word` ends; -1 when there is none. Voices tell words with or without their punctuation. */
function find(text: string, word: string, from: number): number {
  if (word === '') return -1;
  const at = text.toLowerCase().indexOf(word, from);
  return at < 0 ? -1 : at + word.length;
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
