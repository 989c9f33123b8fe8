export function wordsOf(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** The least number of words to put in, take out or change. */
export function wordErrors(wanted: readonly string[], heard: readonly string[]): number {
  let row = heard.map((_, j) => j + 1);
  let last = heard.length;
  for (const [i, word] of wanted.entries()) {
    let left = i + 1;
    let diagonal = i;
    row = row.map((above, j) => {
      left = Math.min(left + 1, above + 1, diagonal + (heard[j] === word ? 0 : 1));
      diagonal = above;
      return left;
    });
    last = left;
  }
  return last;
}
