import { expect } from 'chai';
import { replyId } from '../../../src/domain/shared/ids.js';
import { ConversationStory } from '../../support/conversation-story.js';

const asking = (): ConversationStory => ConversationStory.begun().says('where is my card');
const ONE_MOMENT = 'One moment, please.';
const APOLOGY = 'Sorry, something went wrong on my side. Please say that again.';
const HANDING_OVER = 'I am connecting you with a colleague.';

describe('a reply', () => {
  it('is spoken piece by piece as it comes, as one speech', () => {
    const story = asking().replyText('It is on its way.').replyText('It will be there on Monday.');
    expect(story.of('speak').slice(1)).to.deep.equal([
      { type: 'speak', speechId: 2, text: 'It is on its way.', source: 'agent' },
      { type: 'speak', speechId: 2, text: 'It will be there on Monday.', source: 'agent' },
    ]);
    expect(story.of('complete-speech')).to.have.length(1);
    story.replyDone();
    expect(story.of('complete-speech').at(-1)).to.deep.equal({ type: 'complete-speech', speechId: 2 });
  });

  it('is recorded as a whole, with the time of its first text', () => {
    const story = asking().advance(300).replyText('It is on its way.').advance(200).replyText('Bye.').replyAction({ type: 'hangup' }).replyDone();
    expect(story.events('llm.responded')).to.deep.equal([
      { type: 'llm.responded', turnIndex: 1, text: 'It is on its way. Bye.', actions: ['hangup'], firstTextMs: 300, totalMs: 500 },
    ]);
  });

  it('does its actions only when its words were heard', () => {
    const story = asking().replies('Goodbye then.', { type: 'hangup' }).speechBegins();
    expect(story.finished).to.equal(undefined);
    story.speechIsHeard();
    expect(story.finished).to.equal('agent_hangup');
  });

  it('does its actions at once when it has no words', () => {
    expect(asking().replies('', { type: 'hangup' }).finished).to.equal('agent_hangup');
  });

  it('may transfer, to where it says', () => {
    const story = asking().replies('I put you through.', { type: 'transfer', target: { kind: 'number', number: '+15550199' } }).speechIsHeard();
    expect(story.of('transfer')).to.deep.equal([{ type: 'transfer', target: { kind: 'number', number: '+15550199' } }]);
    expect(story.phase).to.equal('transferring');
  });

  it('may escalate, to whom the profile names, once its words were heard', () => {
    const story = asking().replies('A colleague will help.', { type: 'escalate', reason: 'angry' });
    expect(story.count('escalate')).to.equal(0);
    story.speechIsHeard();
    expect(story.of('escalate')).to.deep.equal([{ type: 'escalate', reason: 'angry' }]);
    expect(story.of('transfer')).to.deep.equal([{ type: 'transfer', target: { kind: 'extension', extension: 'person' } }]);
  });

  it('does not hang up on a caller who was to be escalated when the profile names nobody', () => {
    const story = ConversationStory.begun({ fallback: null }).says('a person please').replies('One second.', { type: 'escalate', reason: 'asked for' }).speechIsHeard();
    expect(story.count('escalate')).to.equal(1);
    expect(story.spoken.at(-1)).to.equal('I could not reach anybody just now.');
    story.speechIsHeard();
    expect(story.phase).to.equal('listening');
  });

  it('carries out the last of two wishes', () => {
    const story = asking().replies('Bye.', { type: 'hangup' }, { type: 'transfer', target: { kind: 'extension', extension: '7' } }).speechIsHeard();
    expect(story.finished).to.equal(undefined);
    expect(story.count('transfer')).to.equal(1);
  });

  it('of an earlier turn is dropped, whatever of it still comes', () => {
    const story = asking().says('no wait'); // r1 was cancelled by the caller
    const stale = replyId('r1');
    const before = story.effects.length;
    story.replyText('Monday.', { replyId: stale });
    story.tell({ type: 'reply-action', replyId: stale, action: { type: 'hangup' } });
    story.tell({ type: 'reply-failed', replyId: stale, code: 'agent/x', timeout: false });
    story.replyDone(stale);
    expect(story.effects).to.have.length(before);
    expect(story.replies('Yes?').speechIsHeard().phase).to.equal('listening');
  });

  it('is dropped when it goes on after its end', () => {
    const story = asking().replies('Monday.');
    const before = story.effects.length;
    story.replyText('Or Tuesday.').replyAction({ type: 'hangup' }).replyDone();
    expect(story.effects).to.have.length(before);
  });

  it('may leave out words: blanks are not spoken', () => {
    expect(asking().replyText('  ').spoken).to.have.length(1);
  });
});

describe('a slow agent', () => {
  it('is covered by one filler, and the reply follows in the same speech', () => {
    const story = asking().advance(1499);
    expect(story.spoken).to.have.length(1);
    story.advance(1);
    expect(story.of('speak').at(-1)).to.deep.equal({ type: 'speak', speechId: 2, text: ONE_MOMENT, source: 'filler' });
    story.speechBegins().advance(5000);
    expect(story.spoken.filter((text) => text === ONE_MOMENT)).to.have.length(1);
    story.replyText('It is on its way.');
    expect(story.of('speak').at(-1)).to.deep.equal({ type: 'speak', speechId: 2, text: 'It is on its way.', source: 'agent' });
    expect(story.of('complete-speech'), 'only the greeting is complete').to.have.length(1);
    story.replyDone().speechIsHeard();
    expect(story.phase).to.equal('listening');
    expect(story.events('turn.completed').at(-1)).to.include({ source: 'agent', said: 'It is on its way.' });
  });

  it('is covered again and again while it says nothing, so that the caller never waits long in silence', () => {
    const story = asking().advance(1500).speechBegins();
    const said: [number, string][] = [];
    const beganAtMs = story.nowMs;
    for (let spoken = story.spoken.length; story.count('cancel-reply') === 0; spoken = story.spoken.length) {
      said.push([story.nowMs - beganAtMs, story.spoken.at(-1)!]);
      story.rendered('filler', 1200);
      while (story.spoken.length === spoken) story.advance(1);
    }
    expect(said).to.deep.equal([[0, ONE_MOMENT], [2700, 'I am still on it.'], [5400, 'I am still on it.'], [8100, 'I am still on it.']]);
    expect(story.spoken.at(-1)).to.equal(APOLOGY);
  });

  it('is covered as well when it falls silent in the middle of its reply, and is heard to the end of what it said', () => {
    const story = asking().replyText('Let me see.').rendered('agent', 1000).speechBegins().advance(2499);
    expect(story.spoken.at(-1)).to.equal('Let me see.');
    story.advance(1);
    expect(story.spoken.at(-1)).to.equal(ONE_MOMENT);
    story.rendered('filler', 1000).replyText('It comes on Monday.').advance(5000);
    expect(story.spoken.at(-1), 'while the synthesis has the floor there is nothing to cover').to.equal('It comes on Monday.');
    story.replyDone().speechIsHeard('Let me see. It comes on Monday.');
    expect(story.state.heard).to.deep.equal({ text: 'Let me see. It comes on Monday.', interrupted: false });
  });

  it('may be interrupted during the filler, though not when the reply that follows forbids it', () => {
    expect(asking().advance(1500).speechBegins().sounds(500).count('stop-speaking')).to.equal(1);
    expect(asking().advance(1500).speechBegins().replyText('Please listen.', { interruptible: false }).sounds(500).count('stop-speaking')).to.equal(0);
  });

  it('is silent where the profile has no filler', () => {
    expect(ConversationStory.begun({ prompts: { oneMoment: '' } }).says('hello').advance(1500).spoken).to.have.length(1);
  });

  it('is given up after ten seconds: an apology, in the same breath as the filler', () => {
    const story = asking().advance(1500).speechBegins().advance(8499);
    expect(story.count('cancel-reply')).to.equal(0);
    story.advance(1);
    expect(story.of('cancel-reply')).to.deep.equal([{ type: 'cancel-reply', replyId: 'r1' }]);
    expect(story.of('speak').at(-1)).to.deep.equal({ type: 'speak', speechId: 2, text: APOLOGY, source: 'fallback' });
    expect(story.of('complete-speech').at(-1)).to.deep.equal({ type: 'complete-speech', speechId: 2 });
    expect(story.events('error.llm_timeout')).to.deep.equal([{ type: 'error.llm_timeout', code: 'agent/deadline', turnIndex: 1 }]);
    story.speechIsHeard(APOLOGY);
    expect(story.events('turn.completed').at(-1)).to.include({ source: 'fallback', heard: APOLOGY });
    expect(story.phase).to.equal('listening');
  });

  it('is given up when it falls silent in the middle of a reply: what it said is said', () => {
    const story = asking().replyText('Let me see.').advance(9000).replyText('Well.').advance(9999);
    expect(story.count('cancel-reply')).to.equal(0);
    story.advance(1);
    expect(story.count('cancel-reply')).to.equal(1);
    expect(story.spoken.at(-1)).to.equal('Well.');
    expect(story.of('complete-speech').at(-1)).to.deep.equal({ type: 'complete-speech', speechId: 2 });
  });

  it('is not covered or given up when the reply came in time', () => {
    const story = asking().replies('Monday.').speechIsHeard('Monday.');
    expect([...story.timers.keys()]).to.deep.equal(['caller-silence']);
  });
});

describe('a failing agent', () => {
  it('fails once: an apology, and the caller may say it again', () => {
    const story = asking().replyFails();
    expect(story.spoken.at(-1)).to.equal(APOLOGY);
    expect(story.of('complete-speech').filter((effect) => effect.speechId === 2), 'completed once').to.have.length(1);
    expect(story.events('error.llm_failed')).to.deep.equal([{ type: 'error.llm_failed', code: 'agent/unavailable', turnIndex: 1 }]);
    story.speechIsHeard().says('where is my card');
    expect(story.asked.at(-1)).to.deep.equal({ kind: 'speech', text: 'where is my card', confidence: 0.9 });
  });

  it('fails twice: hands over', () => {
    const story = asking().replyFails(true).speechIsHeard().says('hello?').replyFails();
    expect(story.events('error.llm_timeout')).to.have.length(1);
    expect(story.spoken.at(-1)).to.equal(HANDING_OVER);
    story.sounds(1000).speechIsHeard();
    expect(story.of('transfer')).to.deep.equal([{ type: 'transfer', target: { kind: 'extension', extension: 'person' } }]);
  });

  it('fails twice, but with a good reply between: goes on', () => {
    const story = asking().replyFails().speechIsHeard().says('hello?').replies('Yes.').speechIsHeard().says('my card').replyFails();
    expect(story.spoken.at(-1)).to.equal(APOLOGY);
  });

  it('fails twice and there is nobody to hand over to: goodbye', () => {
    const story = ConversationStory.begun({ fallback: null }).says('hello').replyFails().speechIsHeard().says('hello?').replyFails();
    expect(story.spoken.at(-1)).to.equal('Goodbye.');
    story.speechIsHeard();
    expect(story.finished).to.equal('agent_failed');
  });

  it('fails in the middle of a reply: what came is said, without its actions', () => {
    const story = asking().replyText('Let me see.').replyAction({ type: 'hangup' }).replyFails();
    expect(story.spoken.at(-1)).to.equal('Let me see.');
    story.speechIsHeard();
    expect(story.finished).to.equal(undefined);
    expect(story.phase).to.equal('listening');
  });

  it('fails during its filler for the second time: the filler ends, then hands over', () => {
    const story = asking().replyFails().speechIsHeard().says('hello?').advance(1500).speechBegins().replyFails();
    expect(story.spoken.at(-1)).to.equal(ONE_MOMENT);
    expect(story.of('complete-speech').at(-1)).to.deep.equal({ type: 'complete-speech', speechId: 3 });
    story.speechIsHeard('');
    expect(story.spoken.at(-1)).to.equal(HANDING_OVER);
  });

  it('answers with nothing at all: that is a failure too, the caller hears an apology', () => {
    const story = asking().replies('');
    expect(story.events('error.llm_failed')).to.deep.equal([{ type: 'error.llm_failed', code: 'agent/empty-reply', turnIndex: 1 }]);
    expect(story.spoken.at(-1)).to.equal(APOLOGY);
  });

  it('leaves no filler hanging when there is no apology in the profile', () => {
    const story = ConversationStory.begun({ prompts: { agentFailed: '' } }).says('hello').advance(1500).replyFails();
    expect(story.of('complete-speech').at(-1)).to.deep.equal({ type: 'complete-speech', speechId: 2 });
    expect(story.speechIsHeard('').phase).to.equal('listening');
  });
});

describe('an agent that cannot be reached', () => {
  const unreachable = { type: 'agent-unreachable', code: 'agent/unavailable' } as const;

  it('does not keep the caller from a greeting; then they are handed over', () => {
    const story = new ConversationStory();
    story.tell(unreachable);
    expect(story.spoken).to.deep.equal([]);
    story.tell({ type: 'media-ready' });
    expect(story.spoken).to.deep.equal(['Welcome to North Bank. How can I help you?']);
    story.speechIsHeard();
    expect(story.spoken.at(-1)).to.equal(HANDING_OVER);
    story.speechIsHeard();
    expect(story.count('transfer')).to.equal(1);
    expect(story.events('error.llm_failed')).to.deep.equal([{ type: 'error.llm_failed', code: 'agent/unavailable', turnIndex: 0 }]);
  });

  it('is known only after the caller spoke: they are handed over, and nothing is asked', () => {
    const story = new ConversationStory();
    story.tell({ type: 'media-ready' });
    story.speechIsHeard().says('my card');
    story.tell(unreachable);
    expect(story.spoken.at(-1)).to.equal(HANDING_OVER);
    expect(story.asked).to.deep.equal([]);
  });

  it('interrupted by the caller: hands over when they have finished', () => {
    const story = new ConversationStory();
    story.tell({ type: 'media-ready' });
    story.tell(unreachable);
    story.speechBegins().says('my card');
    expect(story.spoken.at(-1)).to.equal(HANDING_OVER);
  });

  it('never opens and never fails: the wait has a deadline all the same', () => {
    const story = new ConversationStory();
    story.tell({ type: 'media-ready' });
    story.speechIsHeard().says('my card').advance(1500);
    expect(story.spoken.at(-1)).to.equal(ONE_MOMENT);
    story.advance(8500);
    expect(story.spoken.at(-1)).to.equal(APOLOGY);
    story.opens();
    expect(story.asked, 'the turn is given up').to.deep.equal([]);
  });
});
