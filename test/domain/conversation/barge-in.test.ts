import { expect } from 'chai';
import { ConversationStory } from '../../support/conversation-story.js';

const speech = (text: string): object => ({ kind: 'speech', text, confidence: 0.9 });

describe('barge-in', () => {
  const replying = (): ConversationStory => {
    const story = ConversationStory.begun().says('where is my card').replyText('Your card is on its way').speechBegins().advance(1000);
    story.heardWhenCut = 'Your card';
    return story;
  };

  it('stops speaking when the caller barges in, and drops the rest of the reply', () => {
    const story = replying().sounds(1000);
    expect(story.of('stop-speaking')).to.deep.equal([{ type: 'stop-speaking', speechId: 2 }]);
    expect(story.of('cancel-reply')).to.deep.equal([{ type: 'cancel-reply', replyId: 'r1' }]);
    expect(story.phase).to.equal('listening');
    story.replyText('and will arrive', { replyId: 'r1' as never });
    expect(story.spoken.at(-1)).to.equal('Your card is on its way');
  });

  it('stops after 200 ms of voice, not before', () => {
    const story = replying().advance(80).voiceBegins().advance(119);
    expect(story.count('stop-speaking')).to.equal(0);
    story.advance(1);
    expect(story.count('stop-speaking')).to.equal(1);
  });

  it('goes on speaking when the sound was over before it counted as an interruption', () => {
    const story = replying().advance(80).voiceBegins().advance(50).voicePauses().advance(600);
    expect(story.count('stop-speaking')).to.equal(0);
    expect(story.phase).to.equal('speaking');
    expect(story.state.turn, 'no turn comes of it').to.equal(null);
  });

  it('tells the agent what the caller had heard', () => {
    const story = replying().says('no the other one');
    expect(story.lastAsk).to.deep.include({ input: speech('no the other one'), heard: { text: 'Your card', interrupted: true } });
  });

  it('records the interruption, from the onset of the voice to the silence of the agent', () => {
    const story = replying();
    const onset = story.nowMs;
    story.sounds(1000);
    expect(story.events('caller.interrupted')).to.deep.equal([{ type: 'caller.interrupted', turnIndex: 1, onsetAtMs: onset, stopMs: 200, heard: 'Your card' }]);
    expect(story.events('turn.completed').at(-1)).to.include({ source: 'agent', said: 'Your card is on its way', heard: 'Your card', interrupted: true });
  });

  it('does not call it an interruption when nothing had been audible', () => {
    const story = ConversationStory.begun().says('where is my card').replyText('Your card').sounds(1000);
    expect(story.count('stop-speaking')).to.equal(1);
    expect(story.events('caller.interrupted')).to.deep.equal([]);
  });

  it('lets the caller interrupt the greeting', () => {
    const story = new ConversationStory();
    story.tell({ type: 'media-ready' });
    story.opens().speechBegins();
    story.heardWhenCut = 'Welcome to';
    story.says('where is my card');
    expect(story.lastAsk.heard).to.deep.equal({ text: 'Welcome to', interrupted: true });
  });

  it('does not claim that the reply was cut when the caller interrupts a silence prompt', () => {
    const story = ConversationStory.begun().says('hello').replies('How can I help?').speechIsHeard().advance(5000).speechBegins();
    story.heardWhenCut = 'I did';
    story.says('my card');
    expect(story.lastAsk.heard).to.deep.equal({ text: 'How can I help?', interrupted: false });
  });

  it('puts the words of an unanswered turn in front of the next', () => {
    const story = ConversationStory.begun().says('where is').says('my card');
    expect(story.of('cancel-reply')).to.have.length(1);
    expect(story.asked).to.deep.equal([speech('where is'), speech('where is my card')]);
    expect(story.events('stt.transcribed').map((event) => event.text)).to.deep.equal(['where is', 'my card']);
    story.says('the blue one');
    expect(story.asked.at(-1)).to.deep.equal(speech('where is my card the blue one'));
  });

  it('puts them in front even when a filler was heard meanwhile', () => {
    const story = ConversationStory.begun().says('where is').advance(1500).speechBegins();
    expect(story.spoken.at(-1)).to.equal('One moment, please.');
    story.says('my card');
    expect(story.asked.at(-1)).to.deep.equal(speech('where is my card'));
    expect(story.lastAsk.heard).to.deep.equal({ text: '', interrupted: true });
  });

  it('does not repeat words whose reply was heard', () => {
    const story = ConversationStory.begun().says('hello').replies('Hi.').speechIsHeard().says('my card');
    expect(story.asked.at(-1)).to.deep.equal(speech('my card'));
  });

  it('does not repeat words whose reply had nothing to hear', () => {
    const story = ConversationStory.begun().says('my number');
    story.replies('', { type: 'collect-digits', digits: { min: 1, max: 4, terminator: null, interDigitTimeoutMs: 1000 } }).says('I forgot it');
    expect(story.asked.at(-1)).to.deep.equal(speech('I forgot it'));
  });

  it('does not cut the goodbye prompt', () => {
    const story = ConversationStory.begun({ fallback: null });
    story.tell({ type: 'wind-up', reason: 'time_limit' });
    story.speechBegins().sounds(1000).fallsSilent();
    expect(story.count('stop-speaking')).to.equal(0);
    expect(story.phase).to.equal('speaking');
    story.speechIsHeard();
    expect(story.finished).to.equal('time_limit');
  });

  it('does not cut what the agent wants heard to its end', () => {
    const story = ConversationStory.begun().says('yes').replyText('This call is recorded.', { interruptible: false }).replyText('And now:').speechBegins();
    story.sounds(1000).presses('1');
    expect(story.count('stop-speaking')).to.equal(0);
  });

  it('hears out a caller who began while the agent could not be interrupted', () => {
    const story = ConversationStory.begun().says('yes').replyText('This call is recorded.', { interruptible: false }).replyDone().speechBegins().voiceBegins().advance(300);
    story.speechIsHeard();
    expect(story.phase).to.equal('listening');
    expect(story.timers.has('monologue')).to.equal(true);
    story.advance(500).voicePauses().fallsSilent().hears('stop that');
    expect(story.asked.at(-1)).to.deep.equal(speech('stop that'));
  });

  it('forgets the actions of a reply that was interrupted', () => {
    const story = replying().replyAction({ type: 'hangup' }).replyDone().sounds(1000).fallsSilent().hears('wait').replies('Yes?').speechIsHeard();
    expect(story.finished).to.equal(undefined);
    expect(story.phase).to.equal('listening');
  });
});
