import { expect } from 'chai';
import { JsgfFault, jsgfTokens } from '../../../../src/adapters/speech/local/jsgf-tokens.js';

const shown = (text: string): readonly string[] => jsgfTokens(text).map(({ kind, text: piece, line }) => `${line} ${kind} ${piece}`);

function faultOf(text: string): JsgfFault {
  try {
    jsgfTokens(text);
  } catch (error) {
    if (error instanceof JsgfFault) return error;
  }
  throw new Error('no fault was found');
}

describe('jsgfTokens', () => {
  it('tells words, rules, weights, tags and signs apart, each with its line', () => {
    expect(shown("public <a> = /0.3/ don't {it \\} is}\n | [now]* ;")).to.deep.equal([
      '1 word public', '1 rule <a>', '1 sign =', '1 weight /0.3/', "1 word don't", '1 tag {it \\} is}', '2 sign |', '2 sign [', '2 word now', '2 sign ]', '2 sign *', '2 sign ;',
    ]);
  });

  it('reads over comments, and counts their lines', () => {
    expect(shown('one // two ; <three>\n/* four\nfive */ six')).to.deep.equal(['1 word one', '3 word six']);
  });

  it('reads over the mark that some editors put at the beginning of a file', () => {
    expect(shown('\uFEFF#JSGF V1.0;')).to.deep.equal(['1 word #JSGF', '1 word V1.0', '1 sign ;']);
  });

  it('finds nothing in nothing', () => {
    expect(jsgfTokens('  \n // only a comment')).to.deep.equal([]);
  });

  it('refuses quoted words, with their line', () => {
    expect(faultOf('a\nb\n"New York"')).to.include({ line: 3 }).and.to.have.property('reason').that.contains('quote');
  });

  for (const [what, text, sign] of [['a rule that is not closed', 'x\n<a = b', '<'], ['a tag that is not closed', 'x\n{ a', '{'], ['a bracket that closes nothing', 'x\n>', '>'], ['a comment that is not closed', 'x\n/* a', '/']] as const) {
    it(`refuses ${what}, with its line`, () => {
      const fault = faultOf(text);
      expect(fault.line).to.equal(2);
      expect(fault.message).to.equal(`grammar, line 2: “${sign}” does not belong here`);
    });
  }

  it('takes 65536 characters and no more', () => {
    expect(jsgfTokens('a'.repeat(65_536))).to.have.length(1);
    expect(faultOf('a'.repeat(65_537)).reason).to.contain('65536');
  });
});
