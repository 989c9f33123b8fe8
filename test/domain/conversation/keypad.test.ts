import { expect } from 'chai';
import { ConversationStory } from '../../support/conversation-story.js';

/** The agent has asked for a number of four digits, and the caller has heard it. */
function asked(request: Parameters<ConversationStory['collects']>[0] = {}): ConversationStory {
  return ConversationStory.begun().says('block my card').collects(request).speechIsHeard();
}

const digits = (typed: string, complete = true): object => ({ kind: 'digits', digits: typed, complete });

describe('the keypad', () => {
  it('gives an entry to the agent as soon as it has all its digits', () => {
    const story = asked().presses('123');
    expect(story.asked).to.have.length(1);
    story.presses('4');
    expect(story.asked.at(-1)).to.deep.equal(digits('1234'));
  });

  it('ends an entry at the terminator, and does not give it to the agent', () => {
    expect(asked({ min: 2, max: 6 }).presses('12#').asked.at(-1)).to.deep.equal(digits('12'));
  });

  it('says when an entry is too short', () => {
    expect(asked().presses('12#').asked.at(-1)).to.deep.equal(digits('12', false));
  });

  it('takes an entry as it is when no further key comes', () => {
    const story = asked().presses('12').advance(2999);
    expect(story.asked).to.have.length(1);
    story.advance(1);
    expect(story.asked.at(-1)).to.deep.equal(digits('12', false));
  });

  it('waits for each key anew', () => {
    const story = asked().presses('1').advance(2900).presses('2').advance(2900);
    expect(story.asked).to.have.length(1);
  });

  it('takes keys that nobody asked for after a short pause', () => {
    const story = ConversationStory.begun().presses('0').advance(1500);
    expect(story.asked).to.deep.equal([{ ...digits('0'), unasked: true }]);
  });

  it('records that digits came, how many, and never which', () => {
    const event = asked().presses('1234').events('stt.transcribed').at(-1);
    expect(event).to.include({ via: 'digits', digitCount: 4, text: '', turnIndex: 2 });
    expect(JSON.stringify(event)).to.not.contain('1234');
  });

  it('swallows a # after an entry that was complete without it', () => {
    const story = asked().presses('1234#').advance(10_000);
    expect(story.asked).to.have.length(2);
    expect(story.state.digits).to.equal('');
  });

  it('swallows only one #, and only right after the entry', () => {
    const story = asked().presses('1234').replies('Thanks.').speechIsHeard().presses('1#').advance(1500);
    expect(story.asked.at(-1)).to.deep.equal({ ...digits('1#'), unasked: true });
  });

  it('does not swallow the # of the next entry when this one was ended by its own', () => {
    const story = asked({ min: 0, max: 6 }).presses('12#').collects({ min: 0, max: 6 }).speechIsHeard().presses('#');
    expect(story.asked.at(-1)).to.deep.equal(digits(''));
  });

  it('tells what another process would have to ask for again, until the keys have come, and never the keys', () => {
    const story = asked();
    const request = { min: 4, max: 4, terminator: '#', interDigitTimeoutMs: 3000 };
    expect(story.of('await-digits')).to.deep.equal([{ type: 'await-digits', awaited: { request, question: 'Please enter it.' } }]);
    story.presses('1234');
    expect(story.of('await-digits').at(-1)).to.deep.equal({ type: 'await-digits', awaited: null });
  });

  it('stops the agent like a word does, and keeps the key', () => {
    const story = ConversationStory.begun().says('block my card').collects().speechBegins().presses('1');
    expect(story.count('stop-speaking')).to.equal(1);
    story.presses('234');
    expect(story.asked.at(-1)).to.deep.equal(digits('1234'));
  });

  it('measures the interruption from the key', () => {
    const story = ConversationStory.begun().says('block my card').collects().speechBegins().presses('1');
    expect(story.events('caller.interrupted')[0]).to.include({ stopMs: 0, onsetAtMs: story.nowMs });
  });

  it('takes digits typed ahead', () => {
    const story = ConversationStory.begun().says('block my card').presses('1234');
    expect(story.asked).to.have.length(1);
    story.collects().speechIsHeard().advance(0);
    expect(story.asked.at(-1)).to.deep.equal(digits('1234'));
  });

  it('takes digits typed ahead with their #', () => {
    const story = ConversationStory.begun().says('block my card').presses('12#').collects({ min: 2, max: 6 }).speechIsHeard().advance(0);
    expect(story.asked.at(-1)).to.deep.equal(digits('12'));
  });

  it('keeps what was typed beyond this entry for the next', () => {
    const story = ConversationStory.begun().says('block my card').presses('1234#56').collects().speechIsHeard().advance(0);
    expect(story.asked.at(-1)).to.deep.equal(digits('1234'));
    story.collects({ min: 2, max: 2 }).speechIsHeard().advance(0);
    expect(story.asked.at(-1)).to.deep.equal(digits('56'));
  });

  it('does not lose keys pressed while the agent cannot be interrupted', () => {
    const story = ConversationStory.begun().says('go').replyText('This call is recorded.', { interruptible: false }).collects().speechBegins().presses('1234');
    expect(story.count('stop-speaking')).to.equal(0);
    story.speechIsHeard().advance(0);
    expect(story.asked.at(-1)).to.deep.equal(digits('1234'));
  });

  it('takes the # typed after the beginning of the next entry for the end of that one', () => {
    const story = ConversationStory.begun().says('block my card').presses('12345').collects().speechIsHeard().advance(0);
    expect(story.asked.at(-1)).to.deep.equal(digits('1234'));
    story.presses('#').collects().speechIsHeard().advance(0);
    expect(story.asked.at(-1)).to.deep.equal(digits('5', false));
  });

  it('is not confused by a cough between two keys', () => {
    const story = asked().presses('12').sounds(400).fallsSilent().hears('');
    expect(story.spoken.at(-1)).to.equal('Please enter it.');
    story.presses('34');
    expect(story.asked.at(-1)).to.deep.equal(digits('1234'));
  });

  it('waits on for the rest of an entry after a cough', () => {
    const story = asked().presses('12').sounds(400).fallsSilent().hears('').advance(3000);
    expect(story.asked.at(-1)).to.deep.equal(digits('12', false));
  });

  it('prefers what the caller says to the keys they had begun with', () => {
    const story = asked().presses('12').says('I do not know it');
    expect(story.asked.at(-1)).to.include({ kind: 'speech', text: 'I do not know it' });
    story.replies('All right.').speechIsHeard().advance(4000);
    expect(story.asked).to.have.length(2);
  });

  it('drops what the caller mumbles while typing', () => {
    const story = asked().presses('12').voiceBegins().presses('34');
    expect(story.asked.at(-1)).to.deep.equal(digits('1234'));
    story.hears('one two three four').voicePauses().advance(1000);
    expect(story.asked).to.have.length(2);
  });

  it('counts a key as a sign of life', () => {
    const story = ConversationStory.begun().advance(4900).presses('1').advance(1400);
    expect(story.events('caller.silent')).to.deep.equal([]);
    story.advance(100).replies('Yes?').speechIsHeard().advance(5000);
    expect(story.events('caller.silent').at(-1)).to.include({ attempt: 1 });
  });

  it('does not leave a caller in silence who presses a key during the last greeting', () => {
    const story = new ConversationStory();
    story.tell({ type: 'media-ready' });
    story.tell({ type: 'agent-unreachable', code: 'agent/unavailable' });
    story.speechBegins().presses('1').advance(1500);
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
  });

  describe('in secure mode', () => {
    const secured = (): ConversationStory => ConversationStory.begun().says('I want to pay').collects({ min: 16, max: 16, secure: true }).speechIsHeard();
    const effects = (story: ConversationStory, type: 'sensitive' | 'seal-digits'): readonly unknown[] => story.effects.filter((effect) => effect.type === type);

    it('gives the digits to be sealed, and the agent their seal', () => {
      const story = secured().presses('4111111111111111');
      expect(effects(story, 'seal-digits')).to.deep.equal([{ type: 'seal-digits', sealId: 2, digits: '4111111111111111' }]);
      expect(story.asked.at(-1)).to.deep.equal({ kind: 'sealed-digits', sealId: 2, complete: true });
      expect(JSON.stringify(story.state)).to.not.contain('4111');
    });

    it('says so of an entry that stopped half way', () => {
      const story = secured().presses('41111111').advance(4000);
      expect(story.asked.at(-1)).to.deep.equal({ kind: 'sealed-digits', sealId: 2, complete: false });
    });

    it('makes the call sensitive from the request to the entry', () => {
      const story = secured();
      expect(effects(story, 'sensitive')).to.deep.equal([{ type: 'sensitive', on: true }]);
      story.presses('4111111111111111');
      expect(effects(story, 'sensitive')).to.deep.equal([{ type: 'sensitive', on: true }, { type: 'sensitive', on: false }]);
    });

    it('ends it too when the call ends', () => {
      const story = secured();
      story.tell({ type: 'call-ended', said: '', heard: '' });
      expect(effects(story, 'sensitive').at(-1)).to.deep.equal({ type: 'sensitive', on: false });
    });

    it('records nothing of what is said meanwhile, and tells the agent all but its numbers', () => {
      const story = secured().says('it is four one one one, and the code is 123');
      expect(story.events('stt.transcribed').at(-1)).to.include({ text: '[hidden]', via: 'speech' });
      expect(story.asked.at(-1)).to.deep.include({ kind: 'speech', text: 'it is [digits], and the code is [digits]' });
    });

    it('goes on in another process', () => {
      const story = new ConversationStory({}, { turnIndex: 3, gapMs: 100, awaitedDigits: { request: { min: 16, max: 16, terminator: '#', interDigitTimeoutMs: 3000, secure: true }, question: '' } });
      story.tell({ type: 'media-ready' });
      expect(effects(story, 'sensitive')).to.deep.equal([{ type: 'sensitive', on: true }]);
    });
  });
});
