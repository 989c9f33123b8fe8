import { expect } from 'chai';
import fc from 'fast-check';
import { espeakWords } from '../../../../src/adapters/speech/local/espeak-words.js';

/** As espeak-ng 1.51 tells them. */
const RECORDED: readonly (readonly [text: string, events: readonly (readonly [position: number, ms: number])[], durationMs: number, words: readonly (readonly [text: string, ms: number])[]])[] = [
  ['No, I don\'t.', [[1, 0], [5, 464], [7, 580]], 998, [['No', 0], ['I', 464], ['don\'t', 580]]],
  ['It\'s 3.50', [[1, 0], [6, 238], [7, 464], [7, 767], [7, 1079]], 1666, [['It\'s', 0], ['3.50', 238]]], // four words of one token
  ['to the of the?', [[1, 0], [4, 100], [8, 200]], 500, [['to', 0], ['the', 100], ['of', 200], ['the', 320]]], // "of the" is one to it
  ['what it is.', [[1, 0], [6, 200], [7, 400]], 700, [['what', 0], ['it', 200], ['is', 450]]], // its last place is one word off
  ['Größe 😀 zwölf', [[1, 0], [9, 300]], 600, [['Größe', 0], ['zwölf', 300]]],
];

describe('the words of espeak-ng', () => {
  for (const [text, events, durationMs, words] of RECORDED) {
    it(`are each word of "${text}", once`, () => {
      const told = espeakWords(text, events.map(([characterPosition, atMs]) => ({ characterPosition, atMs })), durationMs);
      expect(told.map((word) => [word.text, Math.round(word.startMs)])).to.deep.equal(words);
      expect(told.at(-1)?.endMs).to.be.closeTo(durationMs, 0.001);
    });
  }

  it('are none where it told of none', () => {
    expect(espeakWords('Hello', [], 500)).to.deep.equal([]);
  });

  it('are all words in order, one after the other within the audio, whatever it tells', () => {
    const text = 'Yes, it is: what-it-is & 3.50 "euros", isn\'t it?';
    const event = fc.record({ characterPosition: fc.integer({ min: 0, max: 60 }), atMs: fc.integer({ min: 0, max: 3000 }) });
    fc.assert(fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (events) => {
      const told = espeakWords(text, events, 2000);
      const heard = events.some(({ atMs }) => atMs < 2000);
      expect(told.map((word) => word.text)).to.deep.equal(heard ? ['Yes', 'it', 'is', 'what-it-is', '3.50', 'euros', 'isn\'t', 'it'] : []);
      let untilMs = 0;
      for (const { startMs, endMs } of told) {
        expect(startMs).to.be.at.least(untilMs - 1e-6);
        expect(endMs).to.be.greaterThan(startMs);
        untilMs = endMs;
      }
      expect(untilMs).to.be.at.most(2000 + 1e-6);
    }));
  });
});
