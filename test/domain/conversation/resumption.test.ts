import { expect } from 'chai';
import type { AwaitedDigits } from '../../../src/domain/conversation/stimulus.js';
import { ConversationStory } from '../../support/conversation-story.js';

describe('a conversation that another process has begun', () => {
  const resumed = (gapMs: number, awaitedDigits: AwaitedDigits | null = null): ConversationStory => {
    const story = new ConversationStory({}, { turnIndex: 4, gapMs, awaitedDigits });
    story.opens();
    story.tell({ type: 'media-ready' });
    return story;
  };

  it('is gone on with: the caller is told why it was silent, and greeted no second time', () => {
    const story = resumed(5000);
    expect(story.of('speak')).to.deep.equal([{ type: 'speak', speechId: 1, text: 'Please go on.', source: 'resumption' }]);
    story.speechIsHeard().says('where is my card');
    expect(story.lastAsk).to.deep.include({ input: { kind: 'speech', text: 'where is my card', confidence: 0.9 }, replyId: 'r5' });
  });

  it('does not speak of a gap that nobody has noticed', () => {
    const story = resumed(1500);
    expect(story.spoken).to.deep.equal([]);
    expect(story.phase).to.equal('listening');
    story.advance(5000);
    expect(story.spoken).to.deep.equal(['I did not catch that.']);
  });

  describe('with keys that the agent waits for', () => {
    const awaited: AwaitedDigits = { request: { min: 4, max: 4, terminator: '#', interDigitTimeoutMs: 3000 }, question: 'Your pin, please.' };

    it('asks for all of them again, in the words of the agent', () => {
      const story = resumed(5000, awaited);
      expect(story.spoken).to.deep.equal(['Please go on.', 'Your pin, please.']);
      story.speechIsHeard().presses('2468');
      expect(story.lastAsk.input).to.deep.equal({ kind: 'digits', digits: '2468', complete: true });
    });

    it('asks also after a gap that nobody has noticed: what was typed before it is lost', () => {
      expect(resumed(1500, awaited).spoken).to.deep.equal(['Your pin, please.']);
    });

    it('takes them without a question when its words are forgotten', () => {
      const story = resumed(1500, { ...awaited, question: '' }).presses('24#');
      expect(story.lastAsk.input).to.deep.equal({ kind: 'digits', digits: '24', complete: false });
    });

    it('lets the caller type into the question', () => {
      const story = resumed(5000, awaited).speechBegins().presses('2468');
      expect(story.count('stop-speaking')).to.equal(1);
      expect(story.lastAsk.input).to.deep.equal({ kind: 'digits', digits: '2468', complete: true });
    });

    it('waits for none any more when the caller speaks instead', () => {
      const story = resumed(5000, awaited).speechIsHeard().says('I forgot it');
      expect(story.of('await-digits')).to.deep.equal([{ type: 'await-digits', awaited: null }]);
    });
  });

  it('does not make the agent believe that the caller has heard nothing else', () => {
    expect(resumed(5000).speechIsHeard().says('hello').lastAsk.heard).to.equal(null);
  });
});
