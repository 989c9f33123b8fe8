import { expect } from 'chai';
import { CardMasker, type Heard, UTTERANCES_KEPT } from '../../../src/domain/privacy/card-masker.js';

const VISA = '4111 1111 1111 1111';

/** Plays utterances three seconds apart, each with its own key, unless told otherwise. */
class Call {
  readonly masker = new CardMasker();
  private atMs = 0;
  private count = 0;

  hear(text: string, more: Partial<Heard> = {}): ReturnType<CardMasker['see']> {
    this.atMs += 3000;
    this.count += 1;
    return this.masker.see({ speaker: 'caller', key: `u${this.count}`, revision: 0, final: true, source: 'speech', text, atMs: this.atMs, ...more });
  }

  pause(ms: number): void {
    this.atMs += ms;
  }
}

const alone = (text: string): string => new Call().hear(text).text;

describe('CardMasker', () => {
  describe('in one utterance', () => {
    it('leaves the last four digits of a card number, and the words around it', () => {
      expect(alone(`yes, ${VISA}, thank you`)).to.equal('yes, [card ****1111], thank you');
      expect(alone('it is four one one one uh eleven eleven then double one eleven and triple one one please')).to.equal('it is [card ****1111] please');
    });

    it('wants a right check digit, a card word, or a card\'s beginning and length', () => {
      expect(alone('9111 1111 1111 11')).to.equal('9111 1111 1111 11');
      expect(alone('my card is 9111 1111 1111 11')).to.equal('my card is [card ****1111]');
      expect(alone('4111 1111 1111 1112')).to.equal('[card ****1112]');
    });

    it('leaves telephone numbers, IBANs, ids and times alone', () => {
      for (const text of ['call me on +49 170 123 4567 8901', 'DE89 3704 0044 0532 0130 00', '550e8400-e29b-41d4-a716-446655440000', 'at 1795281249123 ms', '2026-11-21 12:30:15']) {
        expect(alone(text)).to.equal(text);
      }
    });

    it('hides security code and expiry after their words', () => {
      expect(alone(`${VISA}, expires twelve twenty-six, security code one two three`)).to.equal('[card ****1111], expires [exp], security code [cvv]');
      expect(alone(`${VISA} exp 12/26 cvc 123, zip 94107`)).to.equal('[card ****1111] exp [exp] cvc [cvv], zip 94107');
      expect(alone('123 is my security code')).to.equal('[cvv] is my security code');
      expect(alone('valid until December 2027')).to.equal('valid until [exp]');
      expect(alone('the flight is at 12 26 and 123 of us go')).to.equal('the flight is at 12 26 and 123 of us go');
    });
  });

  describe('over turns', () => {
    it('names the earlier utterances whose text has changed, once', () => {
      const call = new Call();
      expect(call.hear('it is four one one one').text).to.equal('it is four one one one');
      expect(call.hear('go on', { speaker: 'agent' }).corrections).to.deep.equal([]);
      call.hear('eleven eleven');
      const last = call.hear('and then eight ones');
      expect(last.text).to.equal('and then [card ****1111]');
      expect(last.corrections).to.deep.equal([
        { speaker: 'caller', key: 'u1', text: 'it is [card ****1111]' }, { speaker: 'caller', key: 'u3', text: '[card ****1111]' },
      ]);
      expect(call.hear('thank you').corrections).to.deep.equal([]);
    });

    it('hides what the agent reads back, also in parts and before the rest is known', () => {
      const call = new Call();
      call.hear('4012 8888');
      expect(call.hear('40128888, yes?', { speaker: 'agent' }).text).to.equal('40128888, yes?');
      expect(call.hear('8888 1881').corrections.map(({ key }) => key)).to.deep.equal(['u1', 'u2']);
      expect(call.hear('so it begins with 40128, right', { speaker: 'agent' }).text).to.equal('so it begins with [card ****1881], right');
      expect(call.hear('ending in 1881', { speaker: 'agent' }).text).to.equal('ending in 1881');
    });

    it('does not join numbers over 20 s of silence', () => {
      const call = new Call();
      call.hear('4111 1111');
      call.pause(20_001);
      expect(call.hear('1111 1111')).to.deep.equal({ text: '1111 1111', corrections: [], hidden: 0 });
    });

    it('does not join numbers over a clause of more than 8 words', () => {
      const joined = (words: string): string => alone(`4111 1111 ${words} 1111 1111`);
      expect(joined('a b c d e f g h')).to.contain('[card ****1111]');
      expect(joined('a b c d e f g h i')).not.to.contain('[card');
    });

    it('does not join numbers over more than four turns', () => {
      const call = new Call();
      const texts = ['411', '111', '111', '111', '1111'].map((text) => {
        const { text: shown } = call.hear(text);
        call.hear('yes', { speaker: 'agent' });
        return shown;
      });
      expect(texts.join(' ')).not.to.contain('[card');
    });

    it('hides a number with a digit misheard when a card was asked for two turns before', () => {
      const call = new Call();
      call.hear('what is your card number', { speaker: 'agent' });
      call.hear('four one one one one one one one');
      expect(call.hear('one one one one one one one two').text).to.equal('[card ****1112]');
    });

    it('does not take the answer to another question for the end of a card, nor tell it as its last four', () => {
      const call = new Call();
      call.hear('what is your card number', { speaker: 'agent' });
      const texts = ['4111 11', '11 1111 1112'].map((text) => call.hear(text).text);
      call.hear('and the expiry', { speaker: 'agent' });
      texts.push(call.hear('oh five twenty nine').text);
      call.hear('and the security code', { speaker: 'agent' });
      texts.push(call.hear('it is seven seven three').text);
      expect(texts).to.deep.equal(['4111 11', '[card ****1112]', '[exp]', 'it is [cvv]']);
    });

    it('hides the security code that was asked for, and again when it is repeated', () => {
      const call = new Call();
      call.hear('and the three digits on the back?', { speaker: 'agent' });
      expect(call.hear('one twenty three').text).to.equal('[cvv]');
      expect(call.hear('123, thank you', { speaker: 'agent' }).text).to.equal('[cvv], thank you');
    });
  });

  describe('on partial transcripts', () => {
    const partial = (call: Call, revision: number, text: string): string => call.hear(text, { key: 'p', revision, final: false }).text;

    it('holds back seven digits and more, and lets the final decide', () => {
      const call = new Call();
      expect(partial(call, 0, 'five five five one two three')).to.equal('five five five one two three');
      expect(partial(call, 1, 'five five five one two three four')).to.equal('[digits]');
      expect(call.hear('five five five one two three four', { key: 'p', revision: 2 }).text).to.equal('five five five one two three four');
    });

    it('counts what was said in the turns before', () => {
      const call = new Call();
      call.hear('4111 11');
      expect(partial(call, 0, 'then 11')).to.equal('then [digits]');
    });

    it('ignores a revision that comes late', () => {
      const call = new Call();
      call.hear(VISA, { key: 'p', revision: 3 });
      expect(partial(call, 2, '4111 1111 1111')).to.equal('[card ****1111]');
    });

    it('holds back a security code from its first digit', () => {
      const call = new Call();
      call.hear('the security code please', { speaker: 'agent' });
      expect(partial(call, 0, 'one')).to.equal('[cvv]');
    });
  });

  describe('on keys', () => {
    const key = (call: Call, text: string): ReturnType<CardMasker['see']> => call.hear(text, { source: 'keypad' });

    it('tells none', () => {
      const call = new Call();
      expect(key(call, '1').text).to.equal('*');
      expect(key(call, '23#').text).to.equal('***');
    });

    it('joins keys typed one by one with what was spoken before', () => {
      const call = new Call();
      call.hear('4111 1111');
      const corrections = Array.from('11111111', (digit) => key(call, digit).corrections).flat();
      expect(corrections).to.deep.equal([{ speaker: 'caller', key: 'u1', text: '[card ****1111]' }]);
    });
  });

  it('forgets utterances past the last eight of each speaker, and hides what it hid', () => {
    const call = new Call();
    call.hear('4111 1111', { key: 'first' });
    for (let count = 0; count < UTTERANCES_KEPT; count += 1) call.hear('hm');
    expect(call.hear('1111 1111').corrections).to.deep.equal([]);
  });

  it('takes a very long text without taking long to read it', () => {
    for (const text of ['4'.repeat(20_000), 'four '.repeat(4000), '1 a '.repeat(5000), '12.'.repeat(7000), 'card 4111 1111 1111 1111 '.repeat(800), 'a1'.repeat(10_000), 'abcdef12-'.repeat(2000)]) {
      expect(alone(text)).to.be.a('string');
    }
  });
});
