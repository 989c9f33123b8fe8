import { expect } from 'chai';
import { ConversationStory } from '../../support/conversation-story.js';

describe('a silent caller', () => {
  it('is asked again, in other words each time, then handed over', () => {
    const story = ConversationStory.begun();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      story.advance(5000);
      expect(story.events('caller.silent').at(-1)).to.deep.equal({ type: 'caller.silent', attempt });
      story.speechIsHeard();
    }
    expect(story.spoken.slice(1)).to.deep.equal(['I did not catch that.', 'Are you still there?', 'I still cannot hear you.']);
    story.advance(5000);
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
    story.speechIsHeard();
    expect(story.of('transfer')).to.deep.equal([{ type: 'transfer', target: { kind: 'extension', extension: 'person' } }]);
  });

  it('is let go with a goodbye when there is nobody to hand over to', () => {
    const story = ConversationStory.begun({ fallback: null });
    for (let attempt = 0; attempt < 3; attempt += 1) story.advance(5000).speechIsHeard();
    story.advance(5000);
    expect(story.spoken.at(-1)).to.equal('Goodbye.');
    expect(story.finished).to.equal(undefined);
    story.speechIsHeard();
    expect(story.finished).to.equal('caller_silent');
  });

  it('begins to count anew when they have spoken', () => {
    const story = ConversationStory.begun().advance(5000).speechIsHeard().says('sorry').replies('No problem.').speechIsHeard().advance(5000);
    expect(story.spoken.at(-1)).to.equal('I did not catch that.');
  });

  it('is not asked while they speak, nor while the agent thinks or speaks', () => {
    const story = ConversationStory.begun().advance(4900).voiceBegins().advance(4000);
    expect(story.events('caller.silent')).to.deep.equal([]);
    story.voicePauses().fallsSilent().hears('my card').advance(1400).replyText('Well').speechBegins().advance(8000);
    expect(story.events('caller.silent')).to.deep.equal([]);
  });
});

describe('a caller who holds the line', () => {
  const held = (): ConversationStory => {
    const story = ConversationStory.begun();
    story.tell({ type: 'caller-held' });
    return story;
  };

  it('is not asked why he is silent, and has his time anew when he is back', () => {
    const story = held().advance(60_000);
    expect(story.spoken).to.have.length(1);
    story.tell({ type: 'caller-resumed' });
    story.advance(4999);
    expect(story.spoken).to.have.length(1);
    story.advance(1);
    expect(story.spoken.at(-1)).to.equal('I did not catch that.');
  });

  it('is not asked after a sentence that ends meanwhile either', () => {
    const story = ConversationStory.begun().says('hello').replies('How can I help?').speechBegins();
    story.tell({ type: 'caller-held' });
    story.speechIsHeard().advance(60_000);
    expect(story.spoken.at(-1)).to.equal('How can I help?');
  });

  it('does not speak through the music', () => {
    const story = held().says('la la la');
    expect(story.count('begin-utterance')).to.equal(0);
    expect(story.asked).to.deep.equal([]);
    story.tell({ type: 'caller-resumed' });
    story.says('my card');
    expect(story.asked).to.deep.equal([{ kind: 'speech', text: 'my card', confidence: 0.9 }]);
  });

  it('has said what he said before', () => {
    const story = ConversationStory.begun().advance(80).voiceBegins().advance(400);
    story.tell({ type: 'caller-held' });
    story.advance(500).hears('one moment');
    expect(story.asked).to.deep.equal([{ kind: 'speech', text: 'one moment', confidence: 0.9 }]);
  });
});

describe('a deaf gateway', () => {
  it('hands over when no recogniser can be had', () => {
    const story = ConversationStory.begun();
    story.tell({ type: 'recogniser-lost', code: 'speech-to-text/unavailable' });
    expect(story.events('error.stt_failed')).to.deep.equal([{ type: 'error.stt_failed', code: 'speech-to-text/unavailable' }]);
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
    story.speechIsHeard();
    expect(story.count('transfer')).to.equal(1);
  });

  it('lets the running sentence end first', () => {
    const story = ConversationStory.begun().says('hello').replies('How can I help?').speechBegins();
    story.tell({ type: 'recogniser-lost', code: 'speech-to-text/unavailable' });
    expect(story.spoken.at(-1)).to.equal('How can I help?');
    story.speechIsHeard();
    expect(story.spoken.at(-1)).to.equal('I am connecting you with a colleague.');
  });

  it('completes a sentence whose rest will not come any more', () => {
    const story = ConversationStory.begun().says('hello').replyText('How can I').speechBegins();
    story.tell({ type: 'recogniser-lost', code: 'speech-to-text/unavailable' });
    expect(story.count('cancel-reply')).to.equal(1);
    expect(story.of('complete-speech').at(-1)).to.deep.equal({ type: 'complete-speech', speechId: 2 });
  });
});
