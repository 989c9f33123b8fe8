import { expect } from 'chai';
import { FakeVoiceActivity } from '../../support/fakes/fake-voice-activity.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { mediaOf, Switchboard } from './switchboard.js';

const LONG = 'Welcome to North Bank, where cards are on their way and arrive on Mondays, Tuesdays, and Wednesdays. How can I help you?';

describe('a call whose caller is heard by a voice detector of one\'s own', () => {
  it('takes its turns by it', async () => {
    const detector = new FakeVoiceActivity();
    const board = new Switchboard({ voiceDetector: detector, agent: { replies: [[text('On its way.')], [text('Goodbye then.'), { type: 'hangup' }]] } });
    const leg = await board.greeted();
    await board.says(leg, 'where is my card');
    await board.clock.run(1500);
    await board.says(leg, 'thank you');
    await board.clock.run(2000);
    expect(board.agent.turns.map(({ input }) => input)).to.deep.equal([{ kind: 'speech', text: 'where is my card', confidence: 0.9 }, { kind: 'speech', text: 'thank you', confidence: 0.9 }]);
    expect([detector.streams.length, detector.stream.closed]).to.deep.equal([1, true]);
    await board.expectReleased(leg, 'agent_hangup');
  });

  it('is not disturbed by a noise that only the leg takes for a voice', async () => {
    const detector = new FakeVoiceActivity('by-hand');
    const board = new Switchboard({ voiceDetector: detector, profile: { prompts: { greeting: LONG } } });
    const leg = board.rings();
    await board.clock.run(500); // it leads, and the greeting is under way
    mediaOf(leg).hearVoice(600);
    await board.clock.run(600);
    expect(mediaOf(leg).clears).to.deep.equal([]);
    detector.stream.tell('started', 100);
    await board.clock.run(320);
    expect(mediaOf(leg).clears.length, 'a voice stops it').to.equal(1);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('goes on when the detector dies in the middle of a word', async () => {
    const detector = new FakeVoiceActivity();
    const board = new Switchboard({ voiceDetector: detector, agent: { replies: [[text('On its way.')], [text('You are welcome.')]] } });
    const leg = await board.greeted();
    board.clock.after(400, () => { detector.stream.dies(); });
    await board.says(leg, 'where is my card');
    await board.clock.run(1500);
    await board.says(leg, 'thank you');
    await board.clock.run(1500);
    expect(board.agent.turns.map(({ input }) => input.kind === 'speech' && input.text)).to.deep.equal(['where is my card', 'thank you']);
    expect(board.of('stt.transcribed').length).to.equal(2);
    expect(board.metrics.value('provider_fallbacks_total', { port: 'voice-activity' })).to.equal(1);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('gives the detector no audio once a person has the caller', async () => {
    const detector = new FakeVoiceActivity();
    const board = new Switchboard({ voiceDetector: detector, agent: { replies: [[text('One moment.'), { type: 'transfer', target: { kind: 'extension', extension: 'person' }}]] } });
    const leg = await board.greeted();
    leg.transferOutcome = { kind: 'handed-over' };
    await board.says(leg, 'a person please');
    await board.clock.run(5000);
    expect(detector.stream.closed).to.equal(true);
  });
});
