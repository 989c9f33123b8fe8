import { readFileSync } from 'node:fs';

/** Ways to say a word, each a list of phones such as `W AH N`. */
export type Pronunciations = ReadonlyMap<string, readonly string[]>;

/** The pronouncing dictionary of the acoustic model (cmudict-en-us.dict): `word phone phone …` a line, `word(2)` for another way. */
export class Lexicon {
  private constructor(private readonly text: string) {}

  /** @throws the file system's error. */
  static read(file: string): Lexicon {
    return new Lexicon(readFileSync(file, 'latin1'));
  }

  /** Every way to say each of `words`; a word it does not have is missing in the result. One pass over the file, about 20 ms. */
  lookUp(words: ReadonlySet<string>): Pronunciations {
    const found = new Map<string, string[]>();
    for (let at = 0; at < this.text.length;) {
      const end = this.lineEnd(at);
      const space = this.text.indexOf(' ', at);
      if (space > 0 && space < end) this.keep(this.text.slice(at, space), this.text.slice(space + 1, end).trim(), words, found);
      at = end + 1;
    }
    return found;
  }

  private keep(name: string, phones: string, words: ReadonlySet<string>, found: Map<string, string[]>): void {
    const bracket = name.endsWith(')') ? name.lastIndexOf('(') : -1;
    const word = bracket > 0 ? name.slice(0, bracket) : name;
    if (!words.has(word)) return;
    const ways = found.get(word);
    if (ways === undefined) found.set(word, [phones]);
    else ways.push(phones);
  }

  private lineEnd(at: number): number {
    const end = this.text.indexOf('\n', at);
    return end < 0 ? this.text.length : end;
  }
}
