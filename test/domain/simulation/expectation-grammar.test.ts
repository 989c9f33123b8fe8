import { expect } from 'chai';
import { expectationGrammar, grammarWords } from '../../../src/domain/simulation/expectation-grammar.js';

describe('expectationGrammar', () => {
  it('offers each sentence of a text as a line of its own', () => {
    const grammar = expectationGrammar(['Thank you, Maria. How are you?']);
    expect(grammar).to.match(/^#JSGF V1\.0;\ngrammar agent;\n/u);
    expect(grammar).to.contain('= thank you maria\n  | how are you\n');
    expect(grammar).to.contain('public <agent> = <line>+;');
  });

  it('offers a wrong day, number or outcome beside the right one', () => {
    const grammar = expectationGrammar(['It was posted on Monday.']);
    expect(grammar).to.match(/it was \(delivered \|[^)]* posted [^)]*\) on \(monday \| tuesday /u);
  });

  it('always offers sentences that are not expected', () => {
    expect(expectationGrammar(['hello']).split('\n  | ').length).to.be.above(10);
    expect(expectationGrammar(['hello'], ['good evening'])).to.contain('| good (morning | afternoon | evening)');
  });

  it('lets nothing in a text become grammar', () => {
    const grammar = expectationGrammar(['a <b> | c; public <d> = (e)* {f} // g']);
    expect(grammar).to.contain('= a b c\n  | public d e f g\n');
    expect(grammar.match(/<[a-z]+>/gu)).to.deep.equal(['<name>', '<line>', '<agent>', '<line>']);
  });

  it('hears any short words in the place of one that the recogniser does not know', () => {
    const grammar = expectationGrammar(['Welcome to Northbank, Maria.'], [], new Set(['northbank']));
    expect(grammar).to.contain('= welcome to <name> maria\n');
    expect(grammar).to.match(/<name> = \(north \| bank \|/u);
    expect(grammarWords(grammar).has('northbank')).to.equal(false);
  });

  it('tells its words', () => {
    const words = grammarWords(expectationGrammar(["I'm here on Monday"]));
    expect(words.has("i'm") && words.has('friday')).to.equal(true);
    expect(words.has('name') || words.has('jsgf')).to.equal(false);
  });

  it('offers the same line once', () => {
    expect(expectationGrammar(['Hello.', 'hello!']).match(/hello/gu)).to.have.length(1);
  });
});
