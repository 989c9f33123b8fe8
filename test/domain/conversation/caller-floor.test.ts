import { expect } from 'chai';
import { ConversationStory } from '../../support/conversation-story.js';

const speech = (text: string): object => ({ kind: 'speech', text, confidence: 0.9 });

describe('the end of a turn', () => {
  it('gives the caller\'s words to the agent once silence and the final transcript are there', () => {
    const story = ConversationStory.begun().sounds(1000);
    expect(story.count('end-utterance')).to.equal(0);
    story.fallsSilent();
    expect(story.count('end-utterance')).to.equal(1);
    expect(story.asked).to.deep.equal([]);
    story.hears('where is my card');
    expect(story.asked).to.deep.equal([speech('where is my card')]);
    expect(story.events('stt.transcribed')).to.have.length(1);
    expect(story.events('stt.transcribed')[0]).to.include({ turnIndex: 1, text: 'where is my card', via: 'speech', confidence: 0.9 });
  });

  it('tells the recogniser to begin a little before the voice was believed', () => {
    const story = ConversationStory.begun().voiceBegins();
    expect(story.of('begin-utterance')).to.deep.equal([{ type: 'begin-utterance', preRollMs: 380 }]);
  });

  it('knows when the voice began and ended', () => {
    const story = ConversationStory.begun();
    const onset = story.nowMs;
    story.says('yes', 600);
    expect(story.events('stt.transcribed')[0]).to.include({ startAtMs: onset, endAtMs: onset + 600 });
  });

  it('lets the caller breathe: a pause shorter than the limit does not end the turn', () => {
    const story = ConversationStory.begun().sounds(800).advance(250).voiceBegins().advance(2000);
    expect(story.count('begin-utterance'), 'the recogniser is in the same utterance').to.equal(1);
    expect(story.count('end-utterance')).to.equal(0);
    story.voicePauses().fallsSilent().hears('my card has not come');
    expect(story.asked).to.deep.equal([speech('my card has not come')]);
  });

  it('joins what was said before and after silence when the caller goes on before the final came', () => {
    const story = ConversationStory.begun().sounds(800).fallsSilent().voiceBegins();
    expect(story.count('begin-utterance')).to.equal(2);
    story.hears('my card').advance(900).voicePauses().fallsSilent();
    expect(story.asked, 'the second half is still being recognised').to.deep.equal([]);
    story.hears('has not come');
    expect(story.asked).to.deep.equal([speech('my card has not come')]);
  });

  it('asks at once when a recogniser that finds ends by itself has given its final before the silence', () => {
    const story = ConversationStory.begun().sounds(800).hears('my card');
    expect(story.asked).to.deep.equal([]);
    story.fallsSilent();
    expect(story.asked).to.deep.equal([speech('my card')]);
    expect(story.count('end-utterance')).to.equal(0);
  });

  it('uses the last partial when the final is late', () => {
    const story = ConversationStory.begun().sounds(800);
    story.tell({ type: 'transcript-partial', text: 'my car' });
    story.tell({ type: 'transcript-partial', text: 'my card' });
    story.fallsSilent().advance(1499);
    expect(story.asked).to.deep.equal([]);
    story.advance(1);
    expect(story.asked).to.deep.equal([{ kind: 'speech', text: 'my card', confidence: null }]);
    expect(story.events('error.stt_failed')).to.deep.equal([{ type: 'error.stt_failed', code: 'speech-to-text/final-late' }]);
  });

  it('does not take the final of a turn given up for the words of the next', () => {
    const story = ConversationStory.begun().sounds(800);
    story.tell({ type: 'transcript-partial', text: 'my card' });
    story.fallsSilent().advance(1500); // given up, asked with the partial
    story.replies('Which card?').advance(200).voiceBegins().advance(200); // cut before a word was heard
    story.hears('my card').advance(300).voicePauses().fallsSilent().hears('the blue one');
    expect(story.asked.at(-1)).to.deep.equal(speech('my card the blue one'));
  });

  it('counts the finals of every turn given up, not only of the last', () => {
    const story = ConversationStory.begun({ turnPolicy: { bargeInMs: 2000 } }).says('hello').replies('Hello.').speechBegins();
    story.sounds(90).fallsSilent().sounds(90).fallsSilent(); // two clicks while the agent speaks
    expect(story.phase).to.equal('speaking');
    story.speechIsHeard().voiceBegins().advance(400).hears('click').hears('clack').voicePauses().fallsSilent().hears('my card');
    expect(story.asked.at(-1)).to.deep.equal(speech('my card'));
  });

  it('believes a final again when the stale ones did not come in time', () => {
    const story = ConversationStory.begun({ turnPolicy: { bargeInMs: 2000 } }).says('hello').replies('Hello.').speechBegins().sounds(90).fallsSilent();
    story.speechIsHeard().advance(1600).says('my card');
    expect(story.asked.at(-1)).to.deep.equal(speech('my card'));
  });

  it('answers a caller who never stops', () => {
    const story = ConversationStory.begun().voiceBegins().advance(44_900);
    expect(story.count('end-utterance')).to.equal(0);
    story.advance(100);
    expect(story.count('end-utterance')).to.equal(1);
    story.hears('and then my aunt');
    expect(story.asked).to.deep.equal([speech('and then my aunt')]);
  });

  it('answers a caller who never stops though they draw breath', () => {
    const story = ConversationStory.begun();
    for (let second = 0; second < 46 && story.count('end-utterance') === 0; second += 1) story.voiceBegins().advance(800).voicePauses().advance(200);
    expect(story.count('end-utterance')).to.equal(1);
  });

  it('ends a monologue only once when the caller draws breath while its words are awaited', () => {
    const story = ConversationStory.begun().voiceBegins().advance(45_000).voicePauses().advance(600);
    expect(story.count('end-utterance')).to.equal(1);
    expect(story.timers.has('final-transcript')).to.equal(true);
  });

  it('hears on when the caller still speaks after the answer to a monologue', () => {
    const story = ConversationStory.begun().voiceBegins().advance(45_000).hears('and then').replies('I see.').speechIsHeard();
    expect(story.count('begin-utterance')).to.equal(2);
    expect(story.timers.has('monologue')).to.equal(true);
  });
});

describe('sounds without words', () => {
  it('asks again in other words when a caller was not understood, then hands over', () => {
    const story = ConversationStory.begun();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      story.sounds(800).fallsSilent().hears('');
      expect(story.phase).to.equal('speaking');
      story.speechIsHeard();
    }
    expect(story.spoken.slice(1)).to.deep.equal(['Sorry, could you say that again?', 'I am afraid I did not understand.', 'I am afraid I did not understand.']);
    story.sounds(800).fallsSilent().hears('');
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
    expect(story.asked).to.deep.equal([]);
  });

  it('takes no notice of a cough while it listens', () => {
    const story = ConversationStory.begun().sounds(200).fallsSilent().hears('');
    expect(story.phase).to.equal('listening');
    expect(story.spoken).to.have.length(1);
    expect(story.timers.has('caller-silence')).to.equal(true);
  });

  it('does not disturb the agent\'s thinking with a sound too short to interrupt', () => {
    const story = ConversationStory.begun({ turnPolicy: { bargeInMs: 500 } }).says('where is my card').sounds(100).fallsSilent().hears('');
    expect(story.phase).to.equal('thinking');
    expect(story.count('cancel-reply')).to.equal(0);
    expect(story.asked).to.have.length(1);
  });

  it('adds words said while the agent thinks, even short ones', () => {
    const story = ConversationStory.begun({ turnPolicy: { bargeInMs: 500 } }).says('where is my card').says('please', 100);
    expect(story.count('cancel-reply')).to.equal(1);
    expect(story.asked.at(-1)).to.deep.equal(speech('where is my card please'));
  });

  it('keeps speaking when a short word from before comes late', () => {
    const story = ConversationStory.begun({ turnPolicy: { bargeInMs: 500 } }).says('where is my card').sounds(100).fallsSilent();
    story.replyText('Your card').speechBegins().hears('please');
    expect(story.phase).to.equal('speaking');
    expect(story.count('stop-speaking')).to.equal(0);
    expect(story.asked).to.have.length(1);
  });

  it('asks again when a cough stopped the reply', () => {
    const story = ConversationStory.begun().says('where is my card').sounds(300);
    expect(story.count('cancel-reply')).to.equal(1);
    expect(story.phase).to.equal('listening');
    story.fallsSilent().hears('');
    expect(story.asked).to.deep.equal([speech('where is my card'), speech('where is my card')]);
    expect(story.lastAsk).to.deep.include({ turnIndex: 2, replyId: 'r2', heard: { text: '', interrupted: true } });
  });

  it('asks again when a cough cut the reply before a word of it was heard', () => {
    const story = ConversationStory.begun().says('where is my card').replies('It is on its way.').speechBegins().sounds(300).fallsSilent().hears('');
    expect(story.asked).to.deep.equal([speech('where is my card'), speech('where is my card')]);
  });

  it('asks again with digits when a cough stopped the reply to them', () => {
    const story = ConversationStory.begun().presses('42').advance(1500).sounds(300).fallsSilent().hears('');
    expect(story.asked).to.deep.equal([{ kind: 'digits', digits: '42', complete: true, unasked: true }, { kind: 'digits', digits: '42', complete: true, unasked: true }]);
  });

  it('does not ask again when words of the reply were heard', () => {
    const story = ConversationStory.begun().says('where is my card').replies('It is on its way.').speechBegins();
    story.heardWhenCut = 'It is';
    story.sounds(300).fallsSilent().hears('');
    expect(story.asked).to.have.length(1);
  });
});
