import { expect } from 'chai';
import { ORDERED_PIECES_MAX, orderRefusal } from '../../../src/domain/conversation/orders.js';
import type { Handover } from '../../../src/domain/conversation/stimulus.js';
import { ConversationStory } from '../../support/conversation-story.js';

const PERSON: Handover = { target: { kind: 'extension', extension: '7' } };
const saying = (story: ConversationStory, ...pieces: readonly string[]): readonly unknown[] => story.tell({ type: 'ordered-words', pieces });
const sending = (story: ConversationStory, handover: Handover = PERSON): readonly unknown[] => story.tell({ type: 'ordered-transfer', handover });

describe('words that an operator orders', () => {
  it('are said at once when nobody has the floor, and are nobody else\'s words', () => {
    const story = ConversationStory.begun();
    saying(story, 'We close in five minutes.', 'Sorry.');
    expect(story.of('speak').slice(-2).map(({ text, source }) => [text, source])).to.deep.equal([['We close in five minutes.', 'operator'], ['Sorry.', 'operator']]);
    story.speechIsHeard();
    expect(story.events('turn.completed').at(-1)).to.include({ source: 'operator', said: 'We close in five minutes. Sorry.', heard: 'We close in five minutes. Sorry.', interrupted: false });
    expect(story.phase).to.equal('listening');
    story.says('hello');
    expect(story.lastAsk.heard, 'the agent has not said it').to.deep.equal({ text: 'Welcome to North Bank. How can I help you?', interrupted: false });
  });

  it('wait until the agent has said what it says, and come before what it does then', () => {
    const story = ConversationStory.begun().says('a person').replies('I put you through.', { type: 'transfer', ...PERSON });
    saying(story, 'It may take a minute.');
    expect(story.spoken.at(-1)).to.equal('I put you through.');
    story.speechIsHeard();
    expect(story.spoken.at(-1)).to.equal('It may take a minute.');
    expect(story.phase).to.equal('speaking');
    story.speechIsHeard();
    expect(story.phase).to.equal('transferring');
  });

  it('wait while the caller speaks or types, and while the agent thinks', () => {
    const speaking = ConversationStory.begun().voiceBegins();
    saying(speaking, 'Excuse me.');
    expect(speaking.spoken).to.not.include('Excuse me.');
    speaking.advance(500).voicePauses().fallsSilent().advance(100).hears('where is my card');
    expect(speaking.phase).to.equal('thinking');
    expect(speaking.spoken).to.not.include('Excuse me.');
    speaking.replies('On its way.').speechIsHeard();
    expect(speaking.spoken.at(-1)).to.equal('Excuse me.');
    const typing = ConversationStory.begun().presses('4');
    saying(typing, 'Excuse me.');
    expect(typing.spoken).to.not.include('Excuse me.');
  });

  it('are said after a sound without words', () => {
    const story = ConversationStory.begun().voiceBegins();
    saying(story, 'Excuse me.');
    story.advance(100).voicePauses().fallsSilent().advance(100).hears('');
    expect(story.spoken.at(-1)).to.equal('Excuse me.');
  });

  it('are no more than can be said in about a minute', () => {
    const story = ConversationStory.begun().voiceBegins();
    const many = Array.from({ length: ORDERED_PIECES_MAX }, () => 'Word.');
    expect(orderRefusal(story.state, { type: 'ordered-words', pieces: [] })).to.equal('nothing-to-say');
    expect(orderRefusal(story.state, { type: 'ordered-words', pieces: many })).to.equal(null);
    saying(story, ...many);
    expect(orderRefusal(story.state, { type: 'ordered-words', pieces: ['One more.'] })).to.equal('too-much-to-say');
  });

  it('are not taken before the call is answered, in a transfer, or when it is ending', () => {
    const order = { type: 'ordered-words', pieces: ['Hello.'] } as const;
    expect(orderRefusal(new ConversationStory().state, order)).to.equal('not-greeted');
    const story = ConversationStory.begun();
    story.tell({ type: 'wind-up', reason: 'drained' });
    expect(orderRefusal(story.state, order)).to.equal('ending');
    const transferring = ConversationStory.begun();
    sending(transferring);
    transferring.speechIsHeard();
    expect(orderRefusal(transferring.state, order)).to.equal('transfer-under-way');
    expect(saying(transferring, 'Hello.')).to.deep.equal([]);
  });
});

describe('a transfer that an operator orders', () => {
  it('is announced and made at once when nobody has the floor', () => {
    const story = ConversationStory.begun();
    sending(story);
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
    story.speechIsHeard();
    expect(story.of('transfer').at(-1)).to.deep.equal({ type: 'transfer', target: PERSON.target });
  });

  it('drops what the agent was about to say, and lets it end what it says', () => {
    const thinking = ConversationStory.begun().says('hello');
    sending(thinking);
    expect(thinking.count('cancel-reply')).to.equal(1);
    expect(thinking.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
    const speaking = ConversationStory.begun().says('hello').replyText('Well, let me see.');
    sending(speaking);
    expect([speaking.count('cancel-reply'), speaking.spoken.at(-1)]).to.deep.equal([1, 'Well, let me see.']);
    expect(speaking.of('complete-speech').at(-1)?.speechId).to.equal(speaking.speechId);
    speaking.speechIsHeard().speechIsHeard();
    expect(speaking.phase).to.equal('transferring');
  });

  it('is not lost when the caller interrupts: it comes after his words, and the agent is not asked', () => {
    const story = ConversationStory.begun().says('hello').replies('Well, let me see.');
    sending(story);
    story.speechBegins().voiceBegins().advance(600);
    expect(story.phase).to.equal('listening');
    const asked = story.asked.length;
    story.voicePauses().fallsSilent().advance(100).hears('wait');
    expect(story.asked.length).to.equal(asked);
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
  });

  it('that fails gives the caller back to the agent', () => {
    const story = ConversationStory.begun();
    sending(story);
    story.speechIsHeard();
    story.tell({ type: 'transfer-failed', reason: 'queue-empty' });
    expect(story.asked.at(-1)).to.deep.equal({ kind: 'transfer-failed', reason: 'queue-empty' });
  });

  it('is one at a time', () => {
    const story = ConversationStory.begun().voiceBegins();
    sending(story);
    expect(orderRefusal(story.state, { type: 'ordered-transfer', handover: PERSON })).to.equal('transfer-under-way');
  });
});

describe('an attended transfer', () => {
  const ATTENDED: Handover = { target: { kind: 'number', number: '+15550199' }, briefing: 'About a card.' };

  it('asks for the person with the briefing, after the agent\'s words', () => {
    const story = ConversationStory.begun().says('a person').replies('I will ask a colleague.', { type: 'transfer', ...ATTENDED }).speechIsHeard();
    expect(story.of('transfer').at(-1)).to.deep.equal({ type: 'transfer', ...ATTENDED });
    expect(story.spoken.at(-1)).to.equal('I will ask a colleague.');
  });

  it('without words of the agent is announced', () => {
    const story = ConversationStory.begun().says('a person').replies('', { type: 'transfer', ...ATTENDED });
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
    expect(story.speechIsHeard().of('transfer').at(-1)).to.deep.equal({ type: 'transfer', ...ATTENDED });
  });

  const accepted = (): ConversationStory => {
    const story = ConversationStory.begun().says('a person').replies('Hold on.', { type: 'transfer', ...ATTENDED }).speechIsHeard();
    story.tell({ type: 'transfer-accepted' });
    return story;
  };

  it('that the person takes is told to the caller, whatever he says, and then the two are connected', () => {
    const story = accepted();
    expect(story.spoken.at(-1)).to.equal('You are through now.');
    story.sounds(1000);
    expect(story.count('stop-speaking')).to.equal(0);
    expect(story.count('connect-transfer')).to.equal(0);
    story.speechIsHeard();
    expect(story.count('connect-transfer')).to.equal(1);
    story.tell({ type: 'transfer-done' });
    expect(story.phase).to.equal('closed');
  });

  it('goes on when the time of the call is up while the caller is told', () => {
    const story = accepted();
    story.tell({ type: 'wind-up', reason: 'time_limit' });
    story.speechIsHeard();
    expect(story.count('connect-transfer')).to.equal(1);
  });

  it('whose person hangs up while the caller is told gives him back to the agent', () => {
    const story = accepted().speechIsHeard();
    story.tell({ type: 'transfer-failed', reason: 'hung-up' });
    expect(story.asked.at(-1)).to.deep.equal({ kind: 'transfer-failed', reason: 'hung-up' });
  });
});
