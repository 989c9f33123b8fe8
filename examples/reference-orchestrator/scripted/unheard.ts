/**
 * What a caller missed of a reply, from the beginning of the sentence in which they stopped it: nobody can follow half a
 * sentence. Empty when they heard all of it.
 */
export function unheardOf(reply: string, heard: string): string {
  const words = reply.split(/\s+/u).filter((word) => word !== '');
  const heardWords = heard.split(/\s+/u).filter((word) => word !== '');
  let count = 0;
  while (count < heardWords.length && heardWords[count] === words[count]) count += 1;
  if (count === words.length) return '';
  while (count > 0 && !/[.!?]["')\]]*$/u.test(words[count - 1] ?? '')) count -= 1;
  return words.slice(count).join(' ');
}
