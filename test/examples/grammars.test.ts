import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseDialogue } from '../../examples/reference-orchestrator/scripted/dialogue-file.js';
import { Interpreter } from '../../examples/reference-orchestrator/scripted/understanding.js';
import { Jsgf } from './jsgf.js';

/** Debian's pocketsphinx-en-us. */
const DICTIONARY = '/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict';

const read = (file: string): string => readFileSync(file, 'utf8');

const DEMO_LINES: Readonly<Record<string, readonly string[]>> = {
  'card-delivery': [
    'where is my card', 'when will it arrive', 'my customer number is four seven one one two three', 'i want to speak to a person', 'no thank you goodbye',
    'stop', 'wait', 'yes', 'no', 'thank you', 'goodbye',
  ],
  restaurant: ['when are you open', 'i would like to book a table for four on friday', 'at seven', 'yes please', 'goodbye'],
};

for (const [name, lines] of Object.entries(DEMO_LINES)) {
  describe(`the grammar ${name}.jsgf`, () => {
    const grammar = new Jsgf(read(`examples/grammars/${name}.jsgf`));

    it('has only words that the recogniser can pronounce', () => {
      const known = new Set(read(DICTIONARY).split('\n').map((line) => line.split(' ')[0]));
      expect([...grammar.words()].filter((word) => !known.has(word))).to.deep.equal([]);
    });

    for (const line of lines) it(`covers "${line}"`, () => { expect(grammar.accepts(line)).to.equal(true); });

    it('does not cover everything', () => {
      for (const line of ['where is my dog', 'my', 'four seven', 'no no', '']) expect(grammar.accepts(line), line).to.equal(false);
    });

    it('has no sentence that the dialogue does not understand', () => {
      const file = `examples/dialogues/${name}.yaml`;
      const interpreter = new Interpreter(parseDialogue(read(file), file));
      fc.assert(fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const sentence = grammar.sentence((count) => Number(numbers.next().value) % count);
        expect(grammar.accepts(sentence), sentence).to.equal(true);
        const { intents, digits, choices } = interpreter.understand({ type: 'speech', text: sentence });
        expect(intents.size + Object.keys(choices).length + (digits === null ? 0 : 1), sentence).to.be.greaterThan(0);
      }), { numRuns: 1000 });
    });
  });
}
