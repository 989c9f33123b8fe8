import { expect } from 'chai';
import { fail, text, wait } from '../../support/fakes/scripted-agent.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { mediaOf, Switchboard } from './switchboard.js';

const GREETING = 'Welcome to North Bank. How can I help you?';

describe('a call', () => {
  it('is answered and greeted at once', async () => {
    const board = new Switchboard();
    const leg = board.rings({ trunk: 'trunk-7', correlationId: 'edge-9' });
    await board.clock.run(100);
    expect(leg.answered).to.equal(true);
    expect(mediaOf(leg).played, 'audio of the greeting').to.be.greaterThan(0);
    expect(board.types()).to.deep.equal(['call.started', 'call.answered', 'tts.generated']);
    expect(board.of('call.started')[0]).to.deep.equal({
      type: 'call.started', direction: 'inbound', callerNumber: '+15550100', calleeNumber: '5551000', agentId: 'card-delivery', trunk: 'trunk-7', correlationId: 'edge-9',
    });
    expect(await board.record()).to.include({ state: 'active', conversationId: 'conversation-1', ownerNode: 'node-1', sttProvider: 'local', ttsProvider: 'local' });
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('opens media before it answers, as the profile and the far end want it', async () => {
    const board = new Switchboard({ profile: { turnPolicy: { speechOnsetMs: 90, pauseMs: 210, bargeInMs: 230 } } });
    const leg = board.rings({ wideband: true });
    await board.clock.run(20);
    expect(leg.openMediaRequests).to.deep.equal([{ preferredSampleRateHz: 16000, voiceDetection: { onsetMs: 90, offsetMs: 210, sustainedMs: 230 } }]);
    expect(board.textToSpeech.syntheses[0]!.request).to.include({ sampleRateHz: 16000, text: GREETING });
    expect(board.speechToText.stream.options).to.include({ sampleRateHz: 16000 });
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('holds a conversation of two turns, and the agent may end it', async () => {
    const board = new Switchboard({ agent: { replies: [[text('Your card is on its way.')], [wait(300), text('Goodbye then.'), { type: 'hangup' }]] } });
    const leg = await board.greeted();
    await board.says(leg, 'where is my card');
    await board.clock.run(1500);
    await board.says(leg, 'thank you');
    await board.clock.run(2000);
    expect(board.agent.turns.map((turn) => turn.input)).to.deep.equal([
      { kind: 'speech', text: 'where is my card', confidence: 0.9 }, { kind: 'speech', text: 'thank you', confidence: 0.9 },
    ]);
    expect(board.agent.turns.map((turn) => turn.heard)).to.deep.equal([{ text: GREETING, interrupted: false }, { text: 'Your card is on its way.', interrupted: false }]);
    expect(board.textToSpeech.texts).to.deep.equal([GREETING, 'Your card is on its way.', 'Goodbye then.']);
    expect(board.of('call.ended')[0]).to.include({ result: 'success', reason: 'agent_hangup', turns: 2 });
    expect(board.hangUps.get(leg)).to.deep.equal(['normal']);
    await board.expectReleased(leg, 'agent_hangup');
    expect(await board.record()).to.include({ state: 'ended', endReason: 'agent_hangup' });
    expect(board.metrics.value('calls_total', { reason: 'agent_hangup', result: 'success' })).to.equal(1);
  });

  it('measures each stage of a turn', async () => {
    const board = new Switchboard({ agent: { replies: [[wait(300), text('On its way.')]] } });
    const leg = await board.greeted();
    await board.says(leg, 'where is my card');
    await board.clock.run(3000);
    const latency = board.of('turn.completed').at(-1)!.latency!;
    expect(latency.agentFirstTextMs).to.equal(300);
    expect(latency.endpointMs).to.be.within(480, 540);
    expect(latency.totalMs).to.equal(latency.endpointMs! + latency.sttFinalMs! + 300 + latency.ttsFirstAudioMs! + latency.playoutMs!);
    expect(board.metrics.observations('turn_latency_seconds', { stage: 'total' })).to.deep.equal([latency.totalMs! / 1000]);
    expect(board.metrics.observations('greeting_latency_seconds')[0]).to.be.at.most(0.04);
    expect(board.metrics.observations('call_setup_seconds')).to.have.length(1);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('stops speaking when the caller barges in, and tells the agent what was heard', async () => {
    const board = new Switchboard({ agent: { replies: [[text('Your card is on its way and it will arrive on Monday.'), wait(5000), text('Anything else?')], [text('Which one?')]] } });
    const leg = await board.greeted();
    await board.says(leg, 'where is my card');
    await board.clock.run(400);
    const media = mediaOf(leg);
    const voiceBeganMs = board.clock.nowMs();
    await board.says(leg, 'no the blue one');
    const cut = media.clears[0]!;
    expect(cut.atMs - voiceBeganMs, 'silent within').to.be.at.most(300);
    expect(board.agent.aborted, 'the request of the first reply is cut').to.have.length(1);
    const { heard } = board.agent.turns[1]!;
    expect(heard!.interrupted).to.equal(true);
    expect('Your card is on its way and it will arrive on Monday.').to.contain(heard!.text);
    expect(heard!.text).to.match(/^Your card is/u);
    expect(heard!.text).to.not.contain('Monday');
    expect(board.metrics.value('barge_ins_total')).to.equal(1);
    await board.clock.run(1000);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('takes digits, and never publishes which', async () => {
    const collect = { type: 'collect-digits', digits: { min: 4, max: 4, terminator: '#', interDigitTimeoutMs: 3000 } } as const;
    const board = new Switchboard({ agent: { replies: [[text('Your number please.'), collect], [text('Thank you.')]] } });
    const leg = await board.greeted();
    await board.says(leg, 'block my card');
    await board.clock.run(1500);
    for (const digit of '9173') { leg.farEnd.presses(digit); await board.clock.run(100); }
    await board.clock.run(500);
    expect(board.agent.turns.at(-1)!.input).to.deep.equal({ kind: 'digits', digits: '9173', complete: true });
    expect(board.of('dtmf.received')).to.have.length(4);
    expect(JSON.stringify([board.publisher.events.map((event) => event.body), board.log.lines])).to.not.contain('9173');
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('hands over a caller who stays silent', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    leg.transferOutcome = { kind: 'handed-over' };
    await board.clock.run(40_000);
    expect(board.of('caller.silent').map((event) => event.attempt)).to.deep.equal([1, 2, 3]);
    await board.expectReleased(leg, 'transferred');
  });
});

describe('a call that loses a part', () => {
  it('of the agent: greets, then hands over', async () => {
    const board = new Switchboard();
    board.agent.openFailure = new PortError('away', { code: 'agent/unavailable', kind: 'unavailable' });
    const leg = board.rings();
    leg.transferOutcome = { kind: 'handed-over' };
    await board.clock.run(5000);
    expect(board.textToSpeech.texts).to.deep.equal([GREETING, 'I am connecting you with a colleague.']);
    expect(board.of('error.llm_failed')[0]).to.include({ code: 'agent/unavailable' });
    await board.expectReleased(leg, 'transferred');
  });

  it('of the agent, with nobody to hand over to: goodbye', async () => {
    const board = new Switchboard({ profile: { fallback: null } });
    board.agent.openFailure = new PortError('away', { code: 'agent/unavailable', kind: 'unavailable' });
    const leg = board.rings();
    await board.clock.run(5000);
    expect(board.textToSpeech.texts).to.deep.equal([GREETING, 'Goodbye.']);
    await board.expectReleased(leg, 'agent_failed');
  });

  it('of the agent in mid call: apologises once, then hands over', async () => {
    const away = new PortError('away', { code: 'agent/unavailable', kind: 'unavailable' });
    const board = new Switchboard({ agent: { replies: [[fail(away)], [fail(away)]] } });
    const leg = await board.greeted();
    leg.transferOutcome = { kind: 'handed-over' };
    await board.says(leg, 'where is my card');
    await board.clock.run(3000);
    await board.says(leg, 'where is my card');
    await board.clock.run(3000);
    expect(board.textToSpeech.texts.slice(1)).to.deep.equal(['Sorry, something went wrong on my side. Please say that again.', 'I am connecting you with a colleague.']);
    await board.expectReleased(leg, 'transferred');
  });

  it('of the agent that is late: a filler, counted though the reply follows it in the same breath', async () => {
    const board = new Switchboard({ agent: { replies: [[wait(2000), text('On its way.')]] } });
    const leg = await board.greeted();
    await board.says(leg, 'where is my card');
    await board.clock.run(6000);
    expect(board.textToSpeech.texts.slice(1)).to.deep.equal(['One moment, please.', 'On its way.']);
    expect(board.metrics.value('fallback_prompts_total', { prompt: 'filler' })).to.equal(1);
    expect(board.metrics.value('fallback_prompts_total')).to.equal(1);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('of the agent that never answers: fillers, an apology after ten seconds', async () => {
    const board = new Switchboard({ agent: { replies: [[wait(60_000)]], firstOutputMs: 90_000 } });
    const leg = await board.greeted();
    await board.says(leg, 'where is my card');
    await board.clock.run(1600);
    expect(board.textToSpeech.texts.at(-1)).to.equal('One moment, please.');
    await board.clock.run(9000);
    expect(board.textToSpeech.texts.at(-1)).to.equal('Sorry, something went wrong on my side. Please say that again.');
    expect(board.of('error.llm_timeout')).to.have.length(1);
    const fillers = board.textToSpeech.texts.slice(1, -1);
    expect(fillers.length, 'never silent for long in ten seconds').to.be.within(3, 6);
    expect(fillers).to.deep.equal(['One moment, please.', ...fillers.slice(1).map(() => 'I am still on it.')]);
    expect(board.metrics.value('fallback_prompts_total', { prompt: 'filler' })).to.equal(fillers.length);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('of the recogniser: a new one is opened and nothing is noticed', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    board.speechToText.stream.dies(new PortError('gone', { code: 'speech-to-text/unavailable', kind: 'unavailable' }));
    await board.clock.run(200);
    await board.says(leg, 'where is my card');
    expect(board.agent.turns).to.have.length(1);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('of every recogniser: hands over', async () => {
    const board = new Switchboard();
    const gone = new PortError('gone', { code: 'speech-to-text/unavailable', kind: 'unavailable' });
    const leg = await board.greeted();
    leg.transferOutcome = { kind: 'handed-over' };
    board.speechToText.nextOpenings.push(gone, gone, gone);
    board.speechToText.stream.dies(gone);
    await board.clock.run(5000);
    expect(board.of('error.stt_failed')).to.have.length(1);
    expect(board.textToSpeech.texts.at(-1)).to.equal('I am connecting you with a colleague.');
    await board.expectReleased(leg, 'transferred');
  });

  it('of the voice: hands over without words', async () => {
    const board = new Switchboard({ agent: { replies: [[text('Your card is on its way. It comes on Monday.')]] } });
    const leg = await board.greeted();
    leg.transferOutcome = { kind: 'handed-over' };
    board.textToSpeech.failure = new PortError('dead', { code: 'text-to-speech/unavailable', kind: 'unavailable' });
    await board.says(leg, 'where is my card');
    await board.clock.run(2000);
    expect(board.of('error.tts_failed').length).to.be.greaterThan(1);
    await board.expectReleased(leg, 'transferred');
  });

  it('of the voice and everybody to hand over to: is let go', async () => {
    const board = new Switchboard({ profile: { fallback: null } });
    board.textToSpeech.failure = new PortError('dead', { code: 'text-to-speech/unavailable', kind: 'unavailable' });
    const leg = board.rings();
    await board.clock.run(60_000);
    await board.expectReleased(leg, 'speech_failed');
  });

  it('of its media: ends', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    mediaOf(leg).disconnect();
    await board.clock.run(11_000);
    await board.expectReleased(leg, 'media_lost');
  });

  it('of its media while it is held: goes on', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    leg.farEnd.holds();
    mediaOf(leg).raise({ type: 'media-lost', atMs: board.clock.nowMs() });
    await board.clock.run(100);
    expect(board.endReason).to.equal(undefined);
    leg.farEnd.resumes();
    mediaOf(leg).raise({ type: 'media-lost', atMs: board.clock.nowMs() });
    await board.expectReleased(leg, 'media_lost');
  });

  it('of its own sense: a bug ends this call only', async () => {
    const board = new Switchboard();
    const other = await board.greeted();
    const leg = await board.greeted();
    const next = board.ids.next.bind(board.ids);
    let events = 0;
    board.ids.next = () => {
      events += 1;
      if (events === 2) throw new Error('a bug'); // the first is the key, the second what the conversation makes of it
      return next();
    };
    leg.farEnd.presses('1');
    await board.clock.run(2000);
    expect(board.of('call.ended').map((event) => event.reason)).to.deep.equal(['internal_error']);
    expect(board.log.messages('error')).to.deep.equal(['bug in a conversation']);
    expect(board.registry.size).to.equal(1);
    other.farEnd.hangsUp();
    await board.clock.settle();
    expect(board.clock.pending).to.equal(0);
  });
});
