import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Lexicon, type Pronunciations } from '../../../../src/adapters/speech/local/lexicon.js';

describe('Lexicon', () => {
  let directory: string;
  before(() => { directory = mkdtempSync(join(tmpdir(), 'vg-lexicon-')); });
  after(() => { rmSync(directory, { recursive: true }); });

  const lookUp = (text: string, ...words: string[]): Pronunciations => {
    const file = join(directory, 'words.dict');
    writeFileSync(file, text);
    return Lexicon.read(file).lookUp(new Set(words));
  };

  it('has every way to say a word, in the order of the dictionary', () => {
    const found = lookUp('to T UW\nto(2) T IH\nto(3) T AH\ntoday T AH D EY\n', 'to');
    expect([...found]).to.deep.equal([['to', ['T UW', 'T IH', 'T AH']]]);
  });

  it('takes no word for one that begins or ends like it', () => {
    expect([...lookUp('a AH\nab AE B\nb B IY\n', 'ab').keys()]).to.deep.equal(['ab']);
  });

  it('leaves out words that it does not have', () => {
    expect([...lookUp('one W AH N\n', 'one', 'xyzzyq').keys()]).to.deep.equal(['one']);
  });

  it('has the last word of a file without an end of line, and does without what has no phones', () => {
    expect([...lookUp('\nempty\none W AH N\r\ntwo  T UW', 'one', 'two', 'empty')]).to.deep.equal([['one', ['W AH N']], ['two', ['T UW']]]);
  });

  it('takes brackets that are a word of their own for that', () => {
    expect([...lookUp("(paren P ER EH N\nall(2) AO L\n", '(paren', 'all').keys()]).to.deep.equal(['(paren', 'all']);
  });
});
