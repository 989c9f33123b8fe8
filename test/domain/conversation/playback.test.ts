import { expect } from 'chai';
import { ConversationStory } from '../../support/conversation-story.js';

const asking = (): ConversationStory => ConversationStory.begun().says('where is my card');
const APOLOGY = 'Sorry, something went wrong on my side. Please say that again.';

describe('playback', () => {
  it('heard to its end gives the floor to the caller and tells the agent so with the next turn', () => {
    const story = asking().replies('Monday.').speechIsHeard().says('thanks');
    expect(story.lastAsk.heard).to.deep.equal({ text: 'Monday.', interrupted: false });
  });

  it('is told to the agent once', () => {
    const story = asking().replies('Monday.').speechIsHeard().presses('1').advance(1500);
    expect(story.lastAsk.heard).to.deep.equal({ text: 'Monday.', interrupted: false });
    story.replies('', { type: 'collect-digits', digits: { min: 1, max: 1, terminator: null, interDigitTimeoutMs: 1000 } }).presses('2');
    expect(story.lastAsk.heard).to.equal(null);
  });

  it('of a prompt does not count as what was heard of the reply', () => {
    const story = asking().replies('Monday.').speechIsHeard().advance(5000).speechIsHeard().says('thanks');
    expect(story.lastAsk.heard).to.deep.equal({ text: 'Monday.', interrupted: false });
  });

  it('of a speech that is over changes nothing', () => {
    const story = asking().replies('Monday.');
    for (const speechId of [1, 3]) {
      expect(story.tell({ type: 'playback-started', speechId })).to.deep.equal([]);
      expect(story.tell({ type: 'playback-finished', speechId, said: 'x', heard: 'x' })).to.deep.equal([]);
      expect(story.tell({ type: 'playback-stopped', speechId, said: 'x', heard: 'x' })).to.deep.equal([]);
      expect(story.tell({ type: 'audio-ready', speechId, text: 'x', source: 'agent', requestedAtMs: 0 })).to.deep.equal([]);
    }
    expect(story.phase).to.equal('speaking');
  });

  it('accounts for the time between the caller\'s last sound and the agent\'s first', () => {
    const story = ConversationStory.begun().sounds(1000).fallsSilent().advance(120).hears('where is my card').advance(300).replyText('Monday.');
    story.advance(80);
    story.tell({ type: 'audio-ready', speechId: 2, text: 'Monday.', source: 'agent', requestedAtMs: story.nowMs - 80 });
    story.advance(20).speechBegins().replyDone().advance(900).speechIsHeard();
    expect(story.events('turn.completed').at(-1)).to.deep.include({
      turnIndex: 1, source: 'agent', said: 'Monday.', heard: 'Monday.', interrupted: false, endedAtMs: story.nowMs, startedAtMs: story.nowMs - 900,
      latency: { endpointMs: 500, sttFinalMs: 120, agentFirstTextMs: 300, ttsFirstAudioMs: 80, playoutMs: 20, totalMs: 1020 },
    });
  });

  it('has no latency for prompts that nobody asked for', () => {
    const story = ConversationStory.begun().advance(5000).speechIsHeard();
    expect(story.events('turn.completed').map((event) => event.latency)).to.deep.equal([null, null]);
  });

  it('is reported piece by piece as it is rendered', () => {
    const story = asking().replies('Monday.');
    story.tell({ type: 'audio-complete', speechId: 2, text: 'Monday.', source: 'agent', firstAudioMs: 80, audioMs: 700 });
    expect(story.events('tts.generated')).to.deep.equal([{ type: 'tts.generated', turnIndex: 1, text: 'Monday.', source: 'agent', firstAudioMs: 80, audioMs: 700 }]);
  });
});

describe('a failing voice', () => {
  const fails = (story: ConversationStory): void => { story.tell({ type: 'synthesis-failed', speechId: story.speechId, source: 'agent', code: 'text-to-speech/timeout' }); };

  it('skips one sentence and goes on', () => {
    const story = asking().replyText('Your card').replyText('comes on Monday.').replyDone();
    fails(story);
    expect(story.events('error.tts_failed')).to.deep.equal([{ type: 'error.tts_failed', code: 'text-to-speech/timeout', turnIndex: 1 }]);
    story.speechIsHeard('comes on Monday.');
    expect(story.phase).to.equal('listening');
  });

  it('apologises when nothing of the reply could be said', () => {
    const story = asking().replies('Monday.');
    fails(story);
    story.speechIsHeard('');
    expect(story.spoken.at(-1)).to.equal(APOLOGY);
    story.speechIsHeard().says('where is my card');
    expect(story.asked.at(-1)).to.include({ kind: 'speech', text: 'where is my card' });
  });

  it('hands over after the second sentence in a row', () => {
    const story = asking().replyText('Your card').replyText('comes on Monday.').replyDone();
    fails(story);
    fails(story);
    story.speechIsHeard('');
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
    fails(story); // not even that can be said
    story.speechIsHeard('');
    expect(story.count('transfer'), 'the caller is handed over all the same').to.equal(1);
  });

  it('is forgiven when the next sentence had a voice', () => {
    const story = asking().replyText('Your card').replyText('comes').replyText('on Monday.').replyDone();
    fails(story);
    story.tell({ type: 'audio-complete', speechId: 2, text: 'comes', source: 'agent', firstAudioMs: 80, audioMs: 700 });
    fails(story);
    expect(story.state.doom).to.equal(null);
  });

  it('is not forgiven for a prompt that was rendered at start', () => {
    const story = asking().replies('Monday.');
    fails(story);
    story.speechIsHeard('');
    story.tell({ type: 'audio-complete', speechId: story.speechId, text: APOLOGY, source: 'fallback', firstAudioMs: 0, audioMs: 700 });
    story.speechIsHeard().says('hello?').replies('Monday.');
    fails(story);
    expect(story.state.doom).to.equal('speech_failed');
  });
});

describe('a stalled voice', () => {
  it('is given up after twenty seconds without a sound, and the caller gets the floor', () => {
    const story = asking().replies('Monday.').advance(19_999);
    expect(story.count('stop-speaking')).to.equal(0);
    story.advance(1);
    expect(story.of('stop-speaking')).to.deep.equal([{ type: 'stop-speaking', speechId: 2 }]);
    expect(story.phase).to.equal('listening');
    expect(story.events('caller.interrupted'), 'nobody interrupted').to.deep.equal([]);
    expect(story.timers.has('caller-silence')).to.equal(true);
  });

  it('still does what the words were to lead to', () => {
    const story = asking().replies('I put you through.', { type: 'transfer', target: { kind: 'extension', extension: '7' } }).advance(20_000);
    expect(story.count('transfer')).to.equal(1);
  });

  it('is not suspected while a long speech is being played', () => {
    const story = asking().replies('A very long story.');
    story.tell({ type: 'audio-complete', speechId: 2, text: 'A very long', source: 'agent', firstAudioMs: 80, audioMs: 30_000 });
    story.tell({ type: 'audio-complete', speechId: 2, text: 'story.', source: 'agent', firstAudioMs: 80, audioMs: 30_000 });
    story.speechBegins().advance(79_999);
    expect(story.count('stop-speaking')).to.equal(0);
    story.advance(1);
    expect(story.count('stop-speaking')).to.equal(1);
  });

  it('is watched from the sign of life before: text, first audio, playback', () => {
    const story = asking().replyText('Monday.').advance(15_000);
    story.tell({ type: 'audio-ready', speechId: 2, text: 'Monday.', source: 'agent', requestedAtMs: story.nowMs });
    story.advance(15_000).speechBegins().advance(19_999);
    expect(story.count('stop-speaking')).to.equal(0);
    story.advance(1);
    expect(story.count('stop-speaking')).to.equal(1);
  });

  it('is watched during a filler as well', () => {
    const story = ConversationStory.begun({ turnPolicy: { agentDeadlineMs: 60_000 } }).says('hello').advance(1500).advance(20_000);
    expect(story.count('stop-speaking')).to.equal(1);
    expect(story.count('cancel-reply')).to.equal(1);
  });
});

describe('the end of the time', () => {
  it('is announced with goodbye, never with a hand-over', () => {
    const story = ConversationStory.begun();
    story.tell({ type: 'wind-up', reason: 'time_limit' });
    expect(story.of('speak').at(-1)).to.include({ text: 'Goodbye.', source: 'goodbye' });
    story.speechIsHeard();
    expect(story.finished).to.equal('time_limit');
    expect(story.count('transfer')).to.equal(0);
  });

  it('lets the running sentence end', () => {
    const story = asking().replies('It comes on Monday.').speechBegins();
    story.tell({ type: 'wind-up', reason: 'drained' });
    expect(story.spoken.at(-1)).to.equal('It comes on Monday.');
    story.speechIsHeard();
    expect(story.spoken.at(-1)).to.equal('Goodbye.');
    story.speechIsHeard();
    expect(story.finished).to.equal('drained');
  });

  it('does not wait for a reply', () => {
    const story = asking();
    story.tell({ type: 'wind-up', reason: 'drained' });
    expect(story.of('cancel-reply')).to.have.length(1);
    expect(story.spoken.at(-1)).to.equal('Goodbye.');
  });

  it('keeps the first reason when another comes', () => {
    const story = ConversationStory.begun({ fallback: null });
    story.tell({ type: 'recogniser-lost', code: 'speech-to-text/x' });
    story.tell({ type: 'wind-up', reason: 'drained' });
    story.speechIsHeard();
    expect(story.finished).to.equal('speech_failed');
  });

  it('comes even when the profile has no goodbye', () => {
    const story = ConversationStory.begun({ prompts: { goodbye: '' } });
    story.tell({ type: 'wind-up', reason: 'drained' });
    expect(story.finished).to.equal('drained');
  });
});
