import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import { aScript, expectsAgent, HANGS_UP, interrupts, isSilent, presses, says, waitsForAgent, waitsForEnd } from '../../domain/simulation/a-script.js';
import { FakeSpeechToText } from '../../support/fakes/fake-speech-to-text.js';
import { LINE_MS, SimulationFixture } from './simulation-fixture.js';

const CONVERSATION = aScript([waitsForAgent(), says('one'), waitsForAgent(), says('two'), waitsForEnd()]);
/** The resolution of all measures is a frame; the far end acts on the frame after. */
const TOLERANCE_MS = 60;

describe('simulated call', () => {
  it('holds a conversation and measures it from the audio', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 1500, 800], thinksMs: 600 });
    const report = await fixture.call(CONVERSATION);
    expect(report.failures).to.deep.equal([]);
    expect(report.greetingMs).to.be.closeTo(200, TOLERANCE_MS);
    expect(report.responseMs).to.have.length(2);
    for (const responseMs of report.responseMs) expect(responseMs).to.be.closeTo(600, TOLERANCE_MS);
    expect(report.maxGapMs).to.be.closeTo(600, TOLERANCE_MS);
    expect(report.endReason).to.equal('agent_hangup');
    expect(report.turns.map(({ speaker, text, heard }) => [speaker, text, heard])).to.deep.equal([
      ['agent', 'reply 0', 'reply 0'], ['caller', 'one', 'line 1'], ['agent', 'reply 1', 'reply 1'], ['caller', 'two', 'line 2'], ['agent', 'reply 2', 'reply 2'],
    ]);
  });

  it('places the call as the script says, traceable by its correlation id', async () => {
    const fixture = new SimulationFixture();
    await fixture.call({ ...CONVERSATION, did: '5552000', callerNumber: '49301234', steps: [] });
    const request = fixture.network.originations[0];
    expect(request?.destination).to.equal('PJSIP/caller/sip:5552000@127.0.0.1:5060');
    expect(request?.callerNumber).to.equal('49301234');
    expect(request?.correlationId).to.match(/^sim-/u);
  });

  it('leaves nothing behind', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 1500, 800] });
    await fixture.call(CONVERSATION);
    expect(fixture.network.liveLegs).to.deep.equal([]);
    expect(fixture.network.events.followers.size).to.equal(0);
    expect(fixture.output.open).to.equal(0);
    expect(fixture.clock.pending).to.equal(0);
  });

  it('interrupts the agent and measures how long it went on', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 5000, 800], yieldsAfterMs: 240 });
    const report = await fixture.call(aScript([waitsForAgent(), says('one'), interrupts(1000, 'stop'), waitsForEnd()]));
    expect(report.failures).to.deep.equal([]);
    expect(report.stopMs).to.have.length(1);
    expect(report.stopMs[0]).to.be.closeTo(240, TOLERANCE_MS);
    const caller = report.turns.filter(({ speaker }) => speaker === 'caller')[1];
    const agent = report.turns.filter(({ speaker }) => speaker === 'agent')[1];
    expect((caller?.atMs ?? 0) - (agent?.atMs ?? 0), 'so long after the agent began').to.be.closeTo(1000, 2 * TOLERANCE_MS);
    expect(agent?.interrupted).to.equal(true);
  });

  it('notices an agent who does not stop', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 5000, 800], yieldsAfterMs: null });
    const script = aScript([waitsForAgent(), says('one'), interrupts(1000, 'stop'), waitsForAgent(), HANGS_UP], { expect: { stopMsMax: 400 } });
    const report = await fixture.call(script);
    expect(report.stopMs[0]).to.be.above(3000);
    expect(report.failures.join()).to.contain('slowest stop');
  });

  it('presses keys at its own pace and measures from the last one', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 800] });
    const report = await fixture.call(aScript([waitsForAgent(), presses('471#'), waitsForEnd()], { expect: { heardExactly: true } }));
    expect(report.failures).to.deep.equal([]);
    expect(fixture.network.legs[0]?.digitsSent).to.deep.equal(['4', '7', '1', '#']);
    const pressed = report.turns.find(({ speaker }) => speaker === 'caller');
    expect([pressed?.text, pressed?.heard]).to.deep.equal(['471#', '3 digits']);
    expect(report.digitResponseMs[0]).to.be.closeTo(300, TOLERANCE_MS); // the far end answers 400 ms after the last key went down
    expect(report.responseMs).to.deep.equal([]);
  });

  it('hangs up in the middle of a greeting', async () => {
    const fixture = new SimulationFixture({ repliesMs: [5000] });
    const report = await fixture.call(aScript([isSilent(1000), HANGS_UP]));
    expect(fixture.network.legs[0]?.releasedWith).to.equal('normal');
    expect(report.durationMs).to.be.closeTo(1000, TOLERANCE_MS);
  });

  it('records both sides of the call side by side', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 800] });
    const report = await fixture.call(aScript([waitsForAgent(), says('one'), waitsForEnd()]));
    expect(report.recording).to.equal('a-call.wav');
    const stereo = fixture.output.stereo('a-call');
    const loud = (side: 0 | 1): number => stereo.filter((sample, index) => index % 2 === side && Math.abs(sample) > 500).length;
    expect(loud(0) / 8).to.be.within(LINE_MS * 0.8, LINE_MS);
    expect(loud(1) / 8).to.be.within(1800 * 0.8, 1800);
    const first = (side: 0 | 1): number => stereo.findIndex((sample, index) => index % 2 === side && Math.abs(sample) > 500) / 16;
    const caller = report.turns.find(({ speaker }) => speaker === 'caller');
    expect(first(0) - first(1), 'the same clock as the report').to.be.closeTo((caller?.atMs ?? 0) - (report.greetingMs ?? 0), 25);
  });

  it('keeps a log of everything on one clock', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 800] });
    await fixture.call(aScript([waitsForAgent(), says('one'), waitsForEnd()]));
    const types = fixture.output.logs.get('a-call')?.map(({ type }) => type) ?? [];
    expect(types).to.include.members(['call.placed', 'leg.answered', 'script.act', 'gateway.stt.transcribed', 'gateway.turn.completed', 'leg.ended', 'agent.voice', 'caller.act', 'call.judged']);
    expect(fixture.output.logs.get('a-call')?.[0]?.atMs).to.equal(0);
  });

  it('tells each turn once while the call goes on, in order', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 1500, 800] });
    await fixture.call(CONVERSATION);
    expect(fixture.progress.map(({ type }) => type)).to.deep.equal(['call-placed', 'call-answered', 'turn', 'turn', 'turn', 'turn', 'turn', 'call-over']);
    const turns = fixture.progress.flatMap((progress) => (progress.type === 'turn' ? [`${progress.turn.speaker}: ${progress.turn.heard ?? '?'}`] : []));
    expect(turns).to.deep.equal(['agent: reply 0', 'caller: line 1', 'agent: reply 1', 'caller: line 2', 'agent: reply 2']);
  });

  it('does without the gateway’s events, as far as the script does', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 800] });
    fixture.withEvents = false;
    const report = await fixture.call(aScript([waitsForAgent(), says('one'), waitsForEnd()]));
    expect(report.failures).to.deep.equal([]);
    expect(report.endReason).to.equal('far_end_hangup');
    expect(report.turns.map(({ speaker }) => speaker)).to.deep.equal(['agent', 'caller', 'agent']);
  });

  it('recognises what was really heard of the agent between two lines', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 1500, 800] });
    fixture.recogniser = new FakeSpeechToText({ answers: ['', 'welcome to the bank', 'goodbye then'] });
    const report = await fixture.call(aScript([
      waitsForAgent(), expectsAgent('welcome to the bank', 'audio'), says('one'), waitsForAgent(), says('two'), waitsForAgent(), expectsAgent('see you on monday', 'audio'), waitsForEnd(),
    ]));
    expect(report.failures).to.have.length(1);
    expect(report.failures[0]).to.contain('should have said "see you on monday", in its audio was recognised "goodbye then"');
    const { streams } = fixture.recogniser;
    const opened = streams.map(({ options }) => options);
    expect(opened).to.have.length(2);
    expect(opened[0]?.grammar).to.contain('welcome to the bank');
    expect(opened[0]?.grammar, 'what the gateway says it said').to.contain('reply');
    expect(opened[0]?.grammar, 'what is expected elsewhere').to.contain('see you on');
    expect(streams.reduce((sum, { samples }) => sum + samples, 0) / 8).to.be.within(2 * 1000 + 800, 2 * 1400 + 1200); // the greeting twice: the first time nothing was recognised
    expect(streams.every(({ closed }) => closed)).to.equal(true);
  });

  it('takes the most that was heard on the way of a sentence that breaks off', async () => {
    const fixture = new SimulationFixture();
    fixture.recogniser = new FakeSpeechToText({ answers: ['~welcome to the', '~welcome'] });
    const report = await fixture.call(aScript([waitsForAgent(), expectsAgent('welcome to the bank', 'audio'), waitsForEnd()]));
    expect(report.turns[0]?.heard).to.equal('welcome to the');
  });

  it('does without words that the recogniser does not know', async () => {
    const fixture = new SimulationFixture();
    fixture.recogniser = new FakeSpeechToText({ answers: ['welcome to'] });
    fixture.recogniser.unknownWord = 'trattoria';
    const report = await fixture.call(aScript([waitsForAgent(), expectsAgent('welcome to trattoria', 'audio'), waitsForEnd()]));
    expect(fixture.recogniser.stream.options.grammar).to.contain('welcome to <name>\n');
    expect(report.failures).to.deep.equal([]);
  });

  it('fails a check of the audio when there is no recogniser', async () => {
    const report = await new SimulationFixture().call(aScript([waitsForAgent(), expectsAgent('welcome', 'audio'), waitsForEnd()]));
    expect(report.failures[0]).to.contain('there is no recogniser');
  });

  describe('that goes wrong', () => {
    it('is refused: the cause is told', async () => {
      const fixture = new SimulationFixture({ answersAfterMs: null });
      fixture.clock.after(500, () => fixture.network.legs[0]?.farEnd.hangsUp(34));
      const report = await fixture.call(aScript([waitsForAgent()]));
      expect([report.answered, report.causeCode]).to.deep.equal([false, 34]);
      expect(report.failures).to.deep.equal(['the call was not answered (cause 34)']);
    });

    it('cannot be placed at all', async () => {
      const fixture = new SimulationFixture();
      fixture.network.originateFailure = new PortError('asterisk is away', { code: 'telephony/unavailable', kind: 'unavailable' });
      const report = await fixture.call(aScript([waitsForAgent()]));
      expect(report.failures[0]).to.equal('the call could not be placed: asterisk is away (telephony/unavailable)');
      expect(fixture.output.open).to.equal(0);
    });

    it('has a line that cannot be spoken: nobody is called', async () => {
      const fixture = new SimulationFixture();
      fixture.lines.failure = new PortError('no voice of that name', { code: 'text-to-speech/voice', kind: 'rejected' });
      const report = await fixture.call(aScript([says('one')]));
      expect(report.failures[0]).to.contain('no voice of that name');
      expect(fixture.network.originations).to.deep.equal([]);
    });

    it('meets an agent who never speaks', async () => {
      const fixture = new SimulationFixture({ greetsAfterMs: null });
      const report = await fixture.call(aScript([waitsForAgent(700, 4000), says('one')]));
      expect(report.failures[0]).to.contain('step 1 (a-call.yaml:10, wait-agent): the agent said nothing within 4000 ms');
      expect(report.maxGapMs).to.be.closeTo(4000, 200);
      expect(fixture.network.liveLegs).to.deep.equal([]);
    });

    it('is ended by its limit', async () => {
      const fixture = new SimulationFixture({ hangsUpAtTheEnd: false });
      const report = await fixture.call(aScript([waitsForEnd(60_000)], { limitMs: 5000 }));
      expect(report.failures).to.deep.equal(['the call lasted longer than limit_ms: 5000']);
      expect(report.durationMs).to.be.below(5100);
    });

    it('is stopped by the user: the line is released', async () => {
      const fixture = new SimulationFixture({ hangsUpAtTheEnd: false });
      fixture.clock.after(3000, () => { fixture.stop.abort(new Error('stopped')); });
      const report = await fixture.call(aScript([waitsForEnd(60_000)]));
      expect(report.failures).to.deep.equal(['the simulation was stopped']);
      expect(fixture.network.legs[0]?.releasedWith).to.equal('normal');
    });

    it('loses the caller’s turn when the far end hangs up first', async () => {
      const fixture = new SimulationFixture({ repliesMs: [1000] });
      const report = await fixture.call(aScript([waitsForAgent(), says('one'), says('two')]));
      expect(report.failures.join()).to.contain('the call ended before');
    });
  });
});

describe('simulation of several calls', () => {
  const plan = { scripts: [CONVERSATION, { ...CONVERSATION, name: 'other' }], repeat: 3, concurrency: 4, staggerMs: 50 };

  it('runs so many at once and reports them in the order of the plan, each by its own name', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 1500, 800] });
    let most = 0;
    const count = (): void => { most = Math.max(most, fixture.network.liveLegs.length); };
    const originate = fixture.network.originate.bind(fixture.network);
    fixture.network.originate = async (...args) => originate(...args).finally(count);
    const reports = await fixture.run(plan);
    expect(reports.map(({ name }) => name)).to.deep.equal(['a-call-1', 'other-1', 'a-call-2', 'other-2', 'a-call-3', 'other-3']);
    expect(reports.flatMap(({ failures }) => failures)).to.deep.equal([]);
    expect(most).to.equal(4);
  });

  it('begins no further call once it is stopped', async () => {
    const fixture = new SimulationFixture({ repliesMs: [1000, 1500, 800] });
    fixture.clock.after(2000, () => { fixture.stop.abort(new Error('stopped')); });
    const reports = await fixture.run({ ...plan, concurrency: 1 });
    expect(reports.map(({ name }) => name)).to.deep.equal(['a-call-1']);
  });
});
