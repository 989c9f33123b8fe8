import { expect } from 'chai';
import { Talk } from './conversation-script.js';

describe('the card-delivery assistant', () => {
  let talk: Talk;
  beforeEach(() => { talk = Talk.withFile('examples/dialogues/card-delivery.yaml'); });

  it('authenticates by number and pin, tells where the card is and when it comes, and says goodbye', () => {
    expect(talk.say('where is my card')).to.match(/customer number/u);
    expect(talk.actions).to.deep.equal(['collect_digits']);
    expect(talk.type('471123')).to.match(/four digit pin on the keypad/u);
    expect(talk.last?.actions[0]).to.include({ type: 'collect_digits', min: 4, max: 4 });
    expect(talk.type('2468')).to.match(/^Thank you, Maria\. .*on its way.*Thursday.*anything else/u);
    expect(talk.say('when will it arrive')).to.match(/Thursday/u);
    expect(talk.say('no thank you goodbye')).to.match(/Goodbye/u);
    expect(talk.actions).to.deep.equal(['hangup']);
  });

  it('takes the customer number by voice as well, even before it asks', () => {
    expect(talk.say('my customer number is four seven one one two three')).to.match(/pin/u);
    expect(talk.type('2468')).to.match(/on its way/u);
  });

  for (const [number, pin, status] of [['550810', '1357', 'delivered'], ['302716', '8642', 'being made']] as const) {
    it(`tells that a card is ${status}`, () => {
      talk.say('where is my card');
      talk.type(number);
      expect(talk.type(pin)).to.include(status);
    });
  }

  it('asks for the number and the pin once only', () => {
    talk.say('where is my card');
    talk.type('471123');
    talk.type('2468');
    expect(talk.say('where is my card')).to.match(/on its way/u);
  });

  it('does not take a pin by voice, nor a wrong one, nor the pin of somebody else', () => {
    talk.say('where is my card');
    talk.type('471123');
    expect(talk.say('two four six eight')).to.match(/do not say your pin aloud/u);
    expect(talk.type('1357')).to.match(/not right/u);
    expect(talk.type('2468')).to.match(/Thank you, Maria/u);
  });

  it('hands over after three wrong pins', () => {
    talk.say('where is my card');
    talk.type('471123');
    talk.type('1111');
    talk.type('2222');
    expect(talk.type('3333')).to.match(/connect you/u);
    expect(talk.actions).to.deep.equal(['escalate']);
  });

  it('asks again for a number that it cannot find or that is too short', () => {
    talk.say('where is my card');
    expect(talk.type('999999')).to.match(/cannot find the number 9 9 9 9 9 9/u);
    expect(talk.type('47', false)).to.match(/not six digits/u);
    expect(talk.type('471123')).to.match(/pin/u);
  });

  for (const words of ['i want to speak to a person', 'can I talk to a human please', 'an operator']) {
    it(`hands over to a person for "${words}", at any time`, () => {
      talk.say('where is my card');
      expect(talk.say(words)).to.match(/connecting you/u);
      expect(talk.last?.actions).to.deep.equal([{ type: 'escalate', reason: 'the caller asked for a person' }]);
    });
  }

  it('refuses to change an address, and offers a person', () => {
    expect(talk.say('i want to change my address')).to.match(/cannot change your address.*Shall I connect you/u);
    expect(talk.say('no')).to.match(/anything else/u);
    talk.say('i have a new address');
    talk.say('yes please');
    expect(talk.actions).to.deep.equal(['escalate']);
  });

  it('rephrases what it did not understand, and hands over the third time', () => {
    const first = talk.say('the weather is nice');
    const second = talk.say('the weather is nice');
    expect(first).to.match(/did not understand/u);
    expect(second).to.not.equal(first);
    expect(talk.say('the weather is nice')).to.match(/connect you/u);
    expect(talk.actions).to.deep.equal(['escalate']);
  });

  it('begins to count anew when it understood', () => {
    talk.say('nonsense');
    talk.say('nonsense');
    talk.say('stop');
    expect(talk.say('nonsense')).to.match(/did not understand/u);
    expect(talk.actions).to.deep.equal([]);
  });

  it('goes on where it was stopped when nothing else was said', () => {
    talk.say('where is my card');
    talk.type('471123');
    talk.type('2468');
    expect(talk.say('what', 'Thank you, Maria. Your new card is')).to.equal(
      'As I was saying: Your new card is on its way. It left our office on Tuesday, and it will arrive on Thursday. Is there anything else I can do for you?');
    expect(talk.say('stop', 'As I was saying:')).to.match(/I am listening/u);
  });

  it('still hangs up when its goodbye was interrupted by nothing', () => {
    talk.say('goodbye');
    talk.say('hmm', 'Thank you for');
    expect(talk.actions).to.deep.equal(['hangup']);
  });

  it('comes back when nobody could be reached, and asks a caller who is silent', () => {
    talk.say('i want to speak to a person');
    expect(talk.turn({ type: 'transfer_failed', reason: 'busy' })).to.match(/busy.*anything else/u);
    expect(talk.turn({ type: 'silence', attempt: 1 })).to.match(/still there/u);
  });

  it('begins each reply with something short enough to be spoken early', () => {
    for (const line of ['where is my card', 'i want to speak to a person', 'i lost my card', 'i want to change my address', 'stop', 'nonsense', 'what can you do']) {
      const [clause = ''] = /^.{12,}?[,;:.!?](?=\s|$)/u.exec(talk.say(line)) ?? [];
      expect(clause.length, line).to.be.within(12, 70);
    }
  });
});

describe('the restaurant', () => {
  let talk: Talk;
  beforeEach(() => { talk = Talk.withFile('examples/dialogues/restaurant.yaml'); });

  it('books a table from one sentence, asking only for what is missing', () => {
    expect(talk.say('i would like to book a table for four on friday')).to.match(/what time/u);
    expect(talk.say('at seven')).to.equal('A table for four, on Friday at seven. Is that right?');
    expect(talk.say('yes please')).to.match(/the table is yours/u);
  });

  it('takes a key for the number of people', () => {
    talk.say('yes');
    expect(talk.actions).to.deep.equal(['collect_digits']);
    talk.type('3');
    talk.say('on sunday at eight');
    expect(talk.last?.text).to.equal('A table for 3, on Sunday at eight. Is that right?');
  });

  it('starts again when something was wrong', () => {
    talk.say('book a table for two on saturday at six');
    expect(talk.say('no')).to.match(/start again.*how many people/u);
  });

  it('tells when it is open, and gets the manager', () => {
    expect(talk.say('when are you open')).to.match(/Tuesday to Sunday/u);
    talk.say('the manager please');
    expect(talk.last?.actions).to.deep.equal([{ type: 'transfer', target: { kind: 'extension', extension: 'person' } }]);
  });
});

describe('a dialogue whose states go in circles', () => {
  it('fails the turn, not the process', () => {
    const talk = Talk.withYaml(`
agent: { id: a, name: A, language: en-US }
start: one
intents: { go: [go] }
states:
  one: { enter: [{ go: two }], rules: [{ intent: go, go: two }] }
  two: { enter: [{ go: one }] }
not_understood: [Sorry?]
give_up: { do: hangup }
`);
    expect(() => talk.say('go')).to.throw('in circles');
  });
});
