/** The words of a text as they are compared: lower case, without punctuation; "I'm" is `im`. */
export function wordsOf(text: string): readonly string[] {
  const plain = text.toLowerCase().normalize('NFKC').replace(/['’]/gu, '').replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  return plain === '' ? [] : plain.split(' ');
}

export type PhraseMatcher = (words: readonly string[]) => boolean;

/** How many words a `*` may stand for. */
const GAP_WORDS_MAX = 4;

/** True for words that hold the phrase, in order; `*` stands for up to four words. */
export function phraseMatcher(phrase: string): PhraseMatcher {
  const parts = phrase.split('*').map(wordsOf).filter((part) => part.length > 0);
  return (words) => parts.length > 0 && words.some((_, start) => fits(words, start, parts));
}

function fits(words: readonly string[], start: number, parts: readonly (readonly string[])[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return true;
  if (!part.every((word, index) => words[start + index] === word)) return false;
  if (rest.length === 0) return true;
  const end = start + part.length;
  for (let gap = 0; gap <= GAP_WORDS_MAX; gap += 1) if (fits(words, end + gap, rest)) return true;
  return false;
}
