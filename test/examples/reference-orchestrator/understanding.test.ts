import { expect } from 'chai';
import { spokenDigits } from '../../../examples/reference-orchestrator/scripted/spoken-digits.js';
import { fillIn, placesIn } from '../../../examples/reference-orchestrator/scripted/template.js';
import { unheardOf } from '../../../examples/reference-orchestrator/scripted/unheard.js';
import { phraseMatcher, wordsOf } from '../../../examples/reference-orchestrator/scripted/words.js';

describe('spokenDigits', () => {
  const cases: Readonly<Record<string, string | null>> = {
    'my customer number is four seven one one two three': '471123',
    'four seven double one two triple three': '47112333',
    'it is oh five five zero': '0550',
    'forty seven eleven twenty three': '471123',
    'twenty twenty': '2020',
    '471 123': '471123',
    'four, seven - um - one and one': '4711',
    'one two three no four seven one one two three': '471123',
    'seven': '7',
    'number seven please': '7',
    'one moment please': null,
    'oh where is my card': null,
    'double trouble': null,
    'where is my card': null,
    '': null,
  };
  for (const [said, digits] of Object.entries(cases)) it(`finds ${String(digits)} in "${said}"`, () => { expect(spokenDigits(said)).to.equal(digits); });
});

describe('phraseMatcher', () => {
  const matches = (phrase: string, said: string): boolean => phraseMatcher(phrase)(wordsOf(said));

  it('finds the phrase as whole words, whatever the case and the punctuation', () => {
    expect(matches('speak to a person', 'I want to SPEAK to a person!')).to.equal(true);
    expect(matches('no', 'nothing')).to.equal(false);
    expect(matches('that is all', 'all that is')).to.equal(false);
    expect(matches("I'm lost", 'im lost')).to.equal(true);
  });

  it('lets a * stand for up to four words', () => {
    expect(matches('where is * card', 'where is card')).to.equal(true);
    expect(matches('where is * card', 'where is my brand new blue card')).to.equal(true);
    expect(matches('where is * card', 'where is the thing that was called my card')).to.equal(false);
    expect(matches('*', 'anything')).to.equal(false);
  });
});

describe('fillIn', () => {
  it('fills places with texts, columns and spaced digits', () => {
    expect(fillIn('{name} has {digits|spaced}, {card.day} {unknown}.', { name: 'Maria', digits: '471', card: { day: 'Friday' } })).to.equal('Maria has 4 7 1, Friday .');
    expect(placesIn('{name} {card.day}')).to.deep.equal([{ slot: 'name', column: null }, { slot: 'card', column: 'day' }]);
  });
});

describe('unheardOf', () => {
  const reply = 'Your card is on its way. It will arrive on Thursday. Is there anything else?';

  it('begins with the sentence that was cut', () => {
    expect(unheardOf(reply, 'Your card is on its way. It will')).to.equal('It will arrive on Thursday. Is there anything else?');
    expect(unheardOf(reply, 'Your card is on its way.')).to.equal('It will arrive on Thursday. Is there anything else?');
    expect(unheardOf(reply, 'Your')).to.equal(reply);
    expect(unheardOf(reply, '')).to.equal(reply);
  });

  it('is nothing when all was heard, and everything when something else was heard', () => {
    expect(unheardOf(reply, reply)).to.equal('');
    expect(unheardOf(reply, 'One moment please.')).to.equal(reply);
  });
});
