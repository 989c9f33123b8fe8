import { expect } from 'chai';
import { Discretion } from '../../../src/domain/privacy/discretion.js';
import type { EventBody, EventType } from '../../../src/domain/shared/domain-event.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';
import { leaks } from '../../support/privacy/leaks.js';

const CARD = '4111111111111111';
const tells = (value: unknown): boolean => leaks(JSON.stringify(value), [CARD]).length > 0;

/** One call, told turn by turn. */
class Told {
  readonly events: EventBody[] = [];
  readonly discretion = new Discretion();
  private turnIndex = 0;
  private atMs = 1000;

  tell(body: EventBody): readonly EventBody[] {
    const { events } = this.discretion.tell([body], this.events.length);
    this.events.push(...events);
    return events;
  }

  caller(text: string, pauseMs = 1000): readonly EventBody[] {
    this.turnIndex += 1;
    const startAtMs = this.atMs + pauseMs;
    this.atMs = startAtMs + 1000;
    return this.tell({ type: 'stt.transcribed', turnIndex: this.turnIndex, text, confidence: null, via: 'speech', digitCount: 0, startAtMs, endAtMs: this.atMs });
  }

  piece(text: string): readonly EventBody[] {
    return this.tell({ type: 'tts.generated', turnIndex: this.turnIndex, text, source: 'agent', firstAudioMs: 1, audioMs: 1 });
  }

  agent(said: string, heard = said): readonly EventBody[] {
    const startedAtMs = this.atMs;
    this.atMs += 1000;
    return this.tell({ type: 'turn.completed', turnIndex: this.turnIndex, source: 'agent', said, heard, interrupted: said !== heard, startedAtMs, endedAtMs: this.atMs, latency: null });
  }

  types(): readonly EventType[] {
    return this.events.map(({ type }) => type);
  }

  texts(): readonly string[] {
    return this.events.flatMap((event) => ('text' in event ? [event.text] : 'said' in event ? [event.said] : []));
  }
}

describe('Discretion', () => {
  it('hides a card number and counts it, telling no value', () => {
    const told = new Told();
    expect(told.caller('my card is 4111 1111 1111 1111').map((event) => ('text' in event ? event.text : event))).to.deep.equal([
      'my card is [card ****1111]', { type: 'pci.masked', turnIndex: 1, count: 1 },
    ]);
  });

  it('tells a number that may become a card hidden at once, and what it was when that is known', () => {
    const told = new Told();
    told.caller('it is 4111 1111');
    told.agent('Go on.');
    told.caller('1111 1111');
    expect(told.texts()).to.deep.equal(['it is [digits]', 'Go on.', '[card ****1111]', 'it is [card ****1111]']);
    expect(told.events.at(-2)).to.deep.equal({ type: 'stt.corrected', turnIndex: 1, speaker: 'caller', sequence: 1, text: 'it is [card ****1111]', heard: 'it is [card ****1111]' });
    expect(told.types()).to.deep.equal(['stt.transcribed', 'turn.completed', 'stt.transcribed', 'pci.masked', 'stt.corrected', 'pci.masked']);
  });

  it('tells a number in the end that was none of a card', () => {
    const told = new Told();
    told.caller('it is 5551 234 567');
    told.agent('Thank you.');
    told.caller('goodbye');
    expect(told.texts()).to.deep.equal(['it is [digits]', 'Thank you.', 'goodbye', 'it is 5551 234 567']);
    expect(told.types()).to.not.include('pci.masked');
  });

  it('leaves half a card hidden when the rest never comes', () => {
    const told = new Told();
    told.caller('4111 1111 111');
    told.tell(EVERY_EVENT['call.ended']);
    expect(tells(told.events)).to.equal(false);
    expect(told.types().at(-1)).to.equal('call.ended');
  });

  it('tells numbers that have another name as they are', () => {
    const told = new Told();
    told.agent('What is your telephone number?');
    told.caller('5551 234 567');
    told.caller('and my order number is 4500 1234 56');
    expect(told.texts().slice(1)).to.deep.equal(['5551 234 567', 'and my order number is 4500 1234 56']);
  });

  it('hides what the agent reads back, piece by piece, as it was said and as far as it was heard', () => {
    const told = new Told();
    told.caller('4111111111111111');
    told.piece('So it is four one one one,');
    told.piece('one one one one one one, and so on.');
    told.tell({ type: 'llm.responded', turnIndex: 1, text: 'So it is four one one one, one one one one one one, and so on.', actions: [], firstTextMs: 1, totalMs: 2 });
    told.agent('So it is four one one one, one one one one one one, and so on.', 'So it is four one one one, one one one one');
    told.tell({ type: 'caller.interrupted', turnIndex: 1, onsetAtMs: 1, stopMs: 1, heard: 'So it is four one one one, one one one one' });
    expect(tells(told.events)).to.equal(false);
    expect(told.events.find(({ type }) => type === 'caller.interrupted')).to.have.property('heard').that.matches(/^So it is \[card/u);
  });

  it('never lets go of a correction: one found by keys comes with the next event', () => {
    const told = new Told();
    told.caller('411111');
    told.discretion.forAgent({ input: { kind: 'digits', digits: '1111111111', complete: true, unasked: true }, heard: null }, false);
    told.tell(EVERY_EVENT['call.ended']);
    expect(told.types()).to.deep.equal(['stt.transcribed', 'stt.corrected', 'pci.masked', 'call.ended']);
  });

  it('has a number go on over a change of process', () => {
    const first = new Told();
    first.caller('4111 1111');
    const second = new Told();
    second.discretion.seed([{ speaker: 'caller', text: first.texts()[0] ?? '', heard: '' }, { speaker: 'agent', text: 'Go on.', heard: 'Go on.' }]);
    second.caller('1111 1111');
    expect(second.texts()).to.deep.equal(['[digits]']);
    second.caller('what now');
    second.caller('my order number is 1234 5678');
    expect(second.texts().at(-1)).to.equal('my order number is 1234 5678');
  });

  for (const [type, body] of Object.entries(EVERY_EVENT)) {
    it(`lets ${type} pass as it is when there is nothing to hide`, () => {
      expect(new Discretion().tell([body], 0).events).to.deep.equal([body]);
    });

    it(`hides a card in the words of ${type}`, () => {
      const spoilt = JSON.parse(JSON.stringify(body), (name, value: unknown) => (['text', 'said', 'heard', 'reason', 'target'].includes(name) && typeof value === 'string' ? CARD : value)) as EventBody;
      const closedReason = ['call.ended', 'call.rejected', 'call.transfer_failed', 'recording.ended'].includes(type); // from a closed list: no words
      const told = JSON.stringify(new Discretion().tell([spoilt], 0).events, (name, value: unknown) => (closedReason && name === 'reason' ? '' : value));
      expect(leaks(told, [CARD]), told).to.deep.equal([]);
    });
  }

  describe('towards the agent', () => {
    it('gives what was told of the caller, with turns that were never answered before it', () => {
      const told = new Told();
      told.caller('it is 4111 1111');
      told.caller('1111 1111');
      const given = told.discretion.forAgent({ input: { kind: 'speech', text: 'it is 4111 1111 1111 1111', confidence: 1 }, heard: { text: 'Hello', interrupted: false } }, false);
      expect(given).to.deep.equal({ input: { kind: 'speech', text: 'it is [card ****1111] [card ****1111]', confidence: 1 }, heard: { text: 'Hello', interrupted: false } });
    });

    it('gives clear text to an agent that may see cards', () => {
      const told = new Told();
      told.caller(CARD);
      expect(told.discretion.forAgent({ input: { kind: 'speech', text: CARD, confidence: 1 }, heard: null }, true).input).to.have.property('text', CARD);
    });

    for (const [digits, complete, unasked, seen] of [
      [CARD, true, false, false], [CARD, true, true, false], ['41111111111', false, false, false], ['41111111111', true, true, false],
      ['45001234', true, false, true], ['9173', true, true, true], ['017012345678', true, true, true],
    ] as const) {
      it(`gives it ${seen ? 'the keys' : 'stars for'} ${digits} (${complete ? 'complete' : 'stopped'}, ${unasked ? 'unasked' : 'asked for'})`, () => {
        const { input } = new Discretion().forAgent({ input: { kind: 'digits', digits, complete, ...(unasked ? { unasked } : {}) }, heard: null }, false);
        expect(input).to.have.property('digits', seen ? digits : '*'.repeat(digits.length));
      });
    }
  });
});
