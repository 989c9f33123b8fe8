import { expect } from 'chai';
import { decide } from '../../../src/domain/conversation/conversation.js';
import { openConversation } from '../../../src/domain/conversation/conversation-state.js';
import { aProfile } from '../../support/builders/a-profile.js';
import { ConversationStory } from '../../support/conversation-story.js';

const GREETING = 'Welcome to North Bank. How can I help you?';

describe('a conversation at its beginning and end', () => {
  it('greets as soon as there is audio, without waiting for the agent', () => {
    const story = new ConversationStory();
    story.tell({ type: 'media-ready' });
    expect(story.effects.slice(0, 2)).to.deep.equal([
      { type: 'speak', speechId: 1, text: GREETING, source: 'greeting' },
      { type: 'complete-speech', speechId: 1 },
    ]);
  });

  it('says the agent\'s own greeting when it came in time', () => {
    const story = new ConversationStory().opens('Hello Ms Miller.');
    story.tell({ type: 'media-ready' });
    expect(story.spoken).to.deep.equal(['Hello Ms Miller.']);
  });

  it('does not begin again when the agent\'s greeting comes late', () => {
    const story = new ConversationStory();
    story.tell({ type: 'media-ready' });
    story.opens('Hello Ms Miller.');
    story.tell({ type: 'media-ready' });
    expect(story.spoken).to.deep.equal([GREETING]);
  });

  it('listens when the greeting was heard, and says nothing for five seconds', () => {
    const story = ConversationStory.begun();
    expect(story.phase).to.equal('listening');
    expect(story.advance(4999).spoken).to.have.length(1);
    expect(story.advance(1).spoken).to.have.length(2);
  });

  it('listens at once when the profile has no greeting', () => {
    const story = new ConversationStory({ prompts: { greeting: '' } });
    story.tell({ type: 'media-ready' });
    expect(story.phase).to.equal('listening');
    expect(story.spoken).to.deep.equal([]);
  });

  it('keeps the caller\'s words until the agent is there', () => {
    const story = new ConversationStory();
    story.tell({ type: 'media-ready' });
    story.speechIsHeard().says('my card');
    expect(story.asked).to.deep.equal([]);
    story.opens();
    expect(story.lastAsk).to.deep.include({ turnIndex: 1, input: { kind: 'speech', text: 'my card', confidence: 0.9 }, heard: { text: GREETING, interrupted: false } });
  });

  it('hears a caller who was speaking already when the greeting ended', () => {
    const story = new ConversationStory();
    story.voiceBegins(); // before the answer: nobody listens yet
    story.tell({ type: 'media-ready' });
    story.opens();
    expect(story.count('begin-utterance')).to.equal(0);
    story.speechIsHeard();
    expect(story.count('begin-utterance')).to.equal(1);
    story.advance(400).voicePauses().fallsSilent().hears('hello');
    expect(story.asked).to.deep.equal([{ kind: 'speech', text: 'hello', confidence: 0.9 }]);
  });

  it('waits for words of a caller whose early sound had ended before we listened', () => {
    const story = new ConversationStory();
    story.voiceBegins();
    story.tell({ type: 'media-ready' });
    story.opens().voicePauses().speechIsHeard();
    expect(story.timers.has('caller-silence')).to.equal(true);
  });

  it('books what was heard of a speech that the end of the call cut', () => {
    const story = ConversationStory.begun().says('my card').replyText('It is on its way.').speechBegins();
    const [effect] = story.tell({ type: 'call-ended', said: 'It is on its way.', heard: 'It is' }).filter((each) => each.type === 'record');
    expect(effect?.type === 'record' && effect.event).to.include({ type: 'turn.completed', source: 'agent', said: 'It is on its way.', heard: 'It is', interrupted: true });
  });

  it('has nothing to book when the call ended before a sound of the speech was played', () => {
    const story = ConversationStory.begun().says('my card').replyText('It is on its way.');
    expect(story.tell({ type: 'call-ended', said: 'It is on its way.', heard: '' }).filter((each) => each.type === 'record')).to.deep.equal([]);
  });

  it('decides nothing any more when the call has ended, and leaves no timer', () => {
    const story = ConversationStory.begun().says('my card');
    story.tell({ type: 'call-ended', said: '', heard: '' });
    expect([...story.timers]).to.deep.equal([]);
    expect(story.tell({ type: 'reply-text', replyId: story.replyId, text: 'Hello', interruptible: true })).to.deep.equal([]);
    expect(story.finished, 'who ended the call knows it already').to.equal(undefined);
  });

  it('is a pure function: the state it was given stays as it was', () => {
    const before = openConversation(aProfile());
    const copy = structuredClone(before);
    const first = decide(before, { type: 'media-ready', atMs: 5 });
    expect(before).to.deep.equal(copy);
    expect(decide(before, { type: 'media-ready', atMs: 5 })).to.deep.equal(first);
  });
});
