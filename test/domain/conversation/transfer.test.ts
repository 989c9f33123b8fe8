import { expect } from 'chai';
import { ConversationStory } from '../../support/conversation-story.js';

describe('a transfer', () => {
  const transferring = (): ConversationStory => ConversationStory.begun().says('a person please').replies('I put you through.', { type: 'transfer', target: { kind: 'extension', extension: '7' } }).speechIsHeard();

  it('that succeeds ends the conversation', () => {
    const story = transferring();
    story.tell({ type: 'transfer-done' });
    expect(story.phase).to.equal('closed');
    expect(story.finished, 'the caller is with somebody else: nothing is released').to.equal(undefined);
    expect([...story.timers]).to.deep.equal([]);
  });

  it('that fails gives the floor back to the agent, who is told why', () => {
    const story = transferring();
    story.tell({ type: 'transfer-failed', reason: 'busy' });
    expect(story.lastAsk).to.deep.include({ input: { kind: 'transfer-failed', reason: 'busy' }, heard: { text: 'I put you through.', interrupted: false } });
    story.replies('They are busy. What else?').speechIsHeard();
    expect(story.phase).to.equal('listening');
  });

  it('that fails again and again does not go round in circles: the caller is told', () => {
    const story = transferring();
    story.tell({ type: 'transfer-failed', reason: 'busy' });
    story.replies('', { type: 'transfer', target: { kind: 'extension', extension: '7' } });
    story.tell({ type: 'transfer-failed', reason: 'busy' });
    expect(story.spoken.at(-1)).to.equal('I could not reach anybody just now.');
    expect(story.speechIsHeard().phase).to.equal('listening');
  });

  it('may be tried anew when the caller asks for it', () => {
    const story = transferring();
    story.tell({ type: 'transfer-failed', reason: 'busy' });
    story.replies('Busy. Again?').speechIsHeard().says('yes').replies('', { type: 'transfer', target: { kind: 'extension', extension: '7' } });
    story.tell({ type: 'transfer-failed', reason: 'busy' });
    expect(story.lastAsk.input).to.deep.equal({ kind: 'transfer-failed', reason: 'busy' });
  });

  it('that fails after we could not go on: the caller is told, and let go with the reason', () => {
    const story = ConversationStory.begun();
    story.tell({ type: 'recogniser-lost', code: 'speech-to-text/unavailable' });
    story.speechIsHeard();
    story.tell({ type: 'transfer-failed', reason: 'no-answer' });
    expect(story.spoken.slice(-2)).to.deep.equal(['I could not reach anybody just now.', 'Goodbye.']);
    story.sounds(1000);
    expect(story.count('stop-speaking')).to.equal(0);
    story.speechIsHeard();
    expect(story.finished).to.equal('speech_failed');
  });

  it('does not hear the caller, and does not wait for their words when it fails', () => {
    const story = ConversationStory.begun({ turnPolicy: { bargeInMs: 500 } }).says('a person').sounds(100).replies('', { type: 'transfer', target: { kind: 'extension', extension: '7' } }); // a sound is open while it begins
    expect(story.state.turn, 'nobody will take it up').to.equal(null);
    expect(story.count('end-utterance')).to.equal(2);
    story.advance(2000).voiceBegins().advance(500).presses('1').hears('hello');
    expect(story.state.turn).to.equal(null);
    story.tell({ type: 'transfer-failed', reason: 'busy' });
    expect(story.asked.at(-1)).to.deep.equal({ kind: 'transfer-failed', reason: 'busy' });
    story.voicePauses().replies('They are busy.').speechIsHeard();
    expect(story.timers.has('caller-silence')).to.equal(true);
  });

  it('that fails when the time is up ends with goodbye', () => {
    const story = transferring();
    story.tell({ type: 'wind-up', reason: 'drained' });
    expect(story.phase).to.equal('transferring');
    story.tell({ type: 'transfer-failed', reason: 'busy' });
    story.speechIsHeard();
    expect(story.spoken.at(-1)).to.equal('Goodbye.');
    expect(story.finished).to.equal('drained');
  });

  it('whose outcome comes when nothing is transferred changes nothing', () => {
    const story = ConversationStory.begun().says('a person please');
    expect(story.tell({ type: 'transfer-failed', reason: 'busy' })).to.deep.equal([]);
  });
});
