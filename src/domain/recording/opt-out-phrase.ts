/** Whether one of `phrases` is among the words of `text`, whole words in a row. */
export function saysOptOut(text: string, phrases: readonly string[]): boolean {
  const said = ` ${wordsOf(text)} `;
  return phrases.some((phrase) => {
    const words = wordsOf(phrase);
    return words !== '' && said.includes(` ${words} `);
  });
}

/** As recognisers may or may not write them: case, accents, apostrophes and punctuation make no difference. */
function wordsOf(text: string): string {
  return text.normalize('NFD').replace(/[\p{M}'’]/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}
