/**
 * Texts as a recogniser would write them, so that what was said and what was heard can be compared: lower case, no
 * punctuation, no apostrophes within words. Numbers in figures and in words are not equated: write them as they are spoken.
 */
export function spokenWords(text: string): readonly string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’'`]/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== '');
}

export function sameWords(one: string, other: string): boolean {
  return spokenWords(one).join(' ') === spokenWords(other).join(' ');
}

/**
 * How much of `wanted` was `heard`, 0 to 1: one minus the fewest words to insert, delete or replace so that `wanted` appears
 * as one stretch somewhere in `heard`, over the words of `wanted`. Words before and after that stretch cost nothing.
 */
export function likeness(wanted: string, heard: string): number {
  const want = spokenWords(wanted);
  const have = spokenWords(heard);
  if (want.length === 0) return 1;
  let row: number[] = new Array<number>(have.length + 1).fill(0); // wherever the stretch begins
  want.forEach((word, wantIndex) => {
    const next = [wantIndex + 1];
    have.forEach((other, haveIndex) => {
      const replace = (row[haveIndex] ?? 0) + (word === other ? 0 : 1);
      const omit = (row[haveIndex + 1] ?? 0) + 1;
      const insert = (next[haveIndex] ?? 0) + 1;
      next.push(Math.min(replace, omit, insert));
    });
    row = next;
  });
  return Math.max(0, 1 - Math.min(...row) / want.length); // wherever it ends
}
