import { expect } from 'chai';
import { readJsgf } from '../../../../src/adapters/speech/local/jsgf-grammar.js';
import { JsgfFault } from '../../../../src/adapters/speech/local/jsgf-tokens.js';

const HEADER = '#JSGF V1.0;\ngrammar bank;\n';
const LINES_BEFORE = 2;
const wordsOf = (rules: string): readonly string[] => [...readJsgf(HEADER + rules).words].sort();

function faultOf(text: string): JsgfFault {
  try {
    readJsgf(text);
  } catch (error) {
    if (error instanceof JsgfFault) return error;
    throw error;
  }
  throw new Error('no fault was found');
}

/** `count` alternatives of one word each. */
const alternatives = (count: number): string => Array.from({ length: count }, () => 'a').join(' | ');

describe('readJsgf', () => {
  it('has each word of what can be said once, in lower case', () => {
    expect(wordsOf('public <a> = Where is [my | MY] card {ask};\n<never> = elephant;')).to.deep.equal(['card', 'is', 'my', 'where']);
  });

  it('follows rules, also by the full name and those defined later', () => {
    expect(wordsOf('public <a> = <bank.b> <c>;\n<b> = bee;\n<c> = sea;')).to.deep.equal(['bee', 'sea']);
  });

  it('makes one public rule of all that may be said, without tags, comments and rules that are not used', () => {
    const { text } = readJsgf(`${HEADER}public <a> = /2/ Yes {y} | <b>+; // yes\npublic <c> = stop;\n<b> = [oh] (no | <NULL>)*;\n<unused> = x;`);
    expect(text.match(/public/gu)).to.have.length(1);
    expect(text).to.contain('<a> = /2/ yes | <b> +;').and.to.contain('<b> = [ oh ] ( no | <NULL> ) *;').and.to.match(/public <\w+> = <a> \| <c>;/u);
    expect(text).not.to.match(/unused|\{|\/\//u);
  });

  it('gives a grammar that it reads again to the same', () => {
    const { words } = readJsgf(`${HEADER}public <a> = one | two [three];`);
    expect([...words]).to.deep.equal(['one', 'two', 'three']);
  });

  const FAULTS: readonly (readonly [what: string, rules: string, line: number, reason: RegExp])[] = [
    ['a rule that is missing', 'public <a> =\n yes |\n <nowhere>;', 3, /no rule <nowhere>/u],
    ['a rule that is defined twice', 'public <a> = x;\n<b> = y;\n<b> = z;', 3, /<b> is defined twice/u],
    ['a rule that contains itself', 'public <a> = x <b>;\n<b> = y <a>;', 1, /<a> contains itself/u],
    ['a rule that contains itself by way of others', 'public <a> = <b>;\n<b> = x <c>;\n<c> = y [<b>];', 2, /<b> contains itself/u],
    ['a rule with a reserved name', 'public <a> = x;\n<NULL> = y;', 2, /<NULL> cannot be defined/u],
    ['a rule without a name', 'public <a> = x;\nyes = y;', 2, /begins with its name, like <name>, not with “yes”/u],
    ['a rule without an end', 'public <a> = x\n<b> = y;', 2, /; is missing before “=”/u],
    ['an end of the file in a rule', 'public <a> = (x\n', 1, /\) is missing before the end/u],
    ['brackets that do not match', 'public <a> = x\n(y];', 2, /\) is missing before “\]”/u],
    ['nothing between two bars', 'public <a> = x |\n| y;', 2, /something to say is missing before “\|”/u],
    ['an empty rule', 'public <a> = x;\n<b> = ;', 2, /something to say is missing before “;”/u],
    ['an import', 'import <other.*>;', 1, /import is not supported/u],
    ['a word without its dictionary’s letters: quotes', 'public <a> = x\n| "New York";', 2, /quoted/u],
  ];
  for (const [what, rules, line, reason] of FAULTS) {
    it(`tells the line of ${what}`, () => {
      const fault = faultOf(HEADER + rules);
      expect(fault.reason).to.match(reason);
      expect(fault.line).to.equal(LINES_BEFORE + line);
      expect(fault.message).to.equal(`grammar, line ${fault.line}: ${fault.reason}`);
    });
  }

  it('wants a header and a name', () => {
    expect(faultOf('').reason).to.contain('#JSGF V1.0;');
    expect(faultOf('public <a> = x;').reason).to.contain('#JSGF V1.0;');
    expect(faultOf('#JSGF V1.0;\npublic <a> = x;')).to.include({ line: 2 });
    expect(faultOf('#JSGF V1.0;\ngrammar\n;').reason).to.contain('a name is missing');
  });

  it('wants a public rule', () => {
    expect(faultOf(`${HEADER}<a> = x;`).reason).to.contain('public');
  });

  it('bounds what pocketsphinx would write out: 20000 words, counted as often as they are used', () => {
    const twice = (words: number): string => `${HEADER}public <a> = <b> <b>;\n<b> = ${alternatives(words)};`;
    expect(readJsgf(twice(10_000)).words.size).to.equal(1);
    expect(faultOf(twice(10_001)).reason).to.contain('20002');
  });

  it('bounds how deep brackets are nested', () => {
    const nested = (depth: number): string => `${HEADER}public <a> = ${'('.repeat(depth)}x${')'.repeat(depth)};`;
    expect([...readJsgf(nested(40)).words]).to.deep.equal(['x']);
    expect(faultOf(nested(41)).reason).to.contain('nested too deeply');
  });
});
