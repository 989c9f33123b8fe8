import { expect } from 'chai';
import { ConversationStory } from '../../support/conversation-story.js';

describe('a conversation that another process has begun', () => {
  const resumed = (gapMs: number): ConversationStory => {
    const story = new ConversationStory({}, { turnIndex: 4, gapMs });
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

  it('does not make the agent believe that the caller has heard nothing else', () => {
    expect(resumed(5000).speechIsHeard().says('hello').lastAsk.heard).to.equal(null);
  });
});
