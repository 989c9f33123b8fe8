import { expect } from 'chai';
import type { Span } from '../../../src/domain/simulation/audio-timeline.js';
import type { CallScript } from '../../../src/domain/simulation/script.js';
import { advance, beginScript, type ActProgress, type ScriptState, type StepEffect } from '../../../src/domain/simulation/step-machine.js';
import { aScript, expectsAgent, HANGS_UP, interrupts, isSilent, presses, says, waitsForAgent, waitsForEnd } from './a-script.js';

/** Plays what happens to a script, answer at 0. */
class Play {
  state: ScriptState = beginScript(0);
  readonly agent: Span[] = [];
  readonly log: StepEffect[] = [];
  act: ActProgress | null = null;

  constructor(readonly script: CallScript) {}

  at(atMs: number, ended = false): readonly StepEffect[] {
    const { state, effects } = advance(this.script, this.state, { atMs, ended, agent: [...this.agent], act: this.act });
    this.state = state;
    this.log.push(...effects);
    return effects;
  }

  types(atMs: number, ended = false): readonly string[] {
    return this.at(atMs, ended).map((effect) => effect.type);
  }

  agentSpeaks(startMs: number, endMs: number): this {
    this.agent.push({ startMs, endMs });
    return this;
  }

  get faults(): readonly string[] {
    return this.log.flatMap((effect) => (effect.type === 'fault' ? [effect.message] : []));
  }
}

describe('step machine', () => {
  it('lets the agent greet and be quiet before the caller speaks', () => {
    const play = new Play(aScript([waitsForAgent(700), says('hello')]));
    expect(play.types(100)).to.deep.equal([]);
    play.agentSpeaks(200, 1000);
    expect(play.types(1600), 'still within the pause').to.deep.equal([]);
    expect(play.types(1700)).to.deep.equal(['step', 'act']);
  });

  it('counts a greeting that was there before the answer was told', () => {
    const play = new Play(aScript([waitsForAgent(), expectsAgent('welcome'), HANGS_UP])).agentSpeaks(0, 900);
    expect(play.types(1600)).to.deep.equal(['step', 'check', 'step', 'step', 'hang-up']);
    expect(play.log.find((effect) => effect.type === 'check')?.fromMs, 'before the answer').to.be.below(0);
  });

  it('goes on after the caller was sent to the end, then waits for the answer and not for the greeting again', () => {
    const play = new Play(aScript([waitsForAgent(), says('hello'), waitsForAgent(), HANGS_UP])).agentSpeaks(200, 1000);
    play.at(1700);
    play.act = { stepIndex: 1, startMs: 1800, endMs: null };
    expect(play.types(2000)).to.deep.equal([]);
    play.act = { stepIndex: 1, startMs: 1800, endMs: 2500 };
    expect(play.types(2600)).to.deep.equal(['step']);
    expect(play.types(5000), 'the greeting is no answer').to.deep.equal([]);
    play.agentSpeaks(5100, 6000);
    expect(play.types(6700)).to.deep.equal(['step', 'step', 'hang-up']);
    expect(play.faults).to.deep.equal([]);
  });

  it('hangs up after the last step, once', () => {
    const play = new Play(aScript([isSilent(100)]));
    expect(play.types(99)).to.deep.equal([]);
    expect(play.types(100)).to.deep.equal(['step', 'hang-up']);
    expect(play.types(120)).to.deep.equal([]);
  });

  it('waits in vain for a silent agent, says where in the script, and gives the call up', () => {
    const play = new Play(aScript([isSilent(0), waitsForAgent(700, 4000), says('hello')]));
    play.at(0);
    expect(play.types(3999)).to.deep.equal([]);
    expect(play.types(4000)).to.deep.equal(['fault', 'hang-up']);
    expect(play.faults).to.deep.equal(['step 2 (a-call.yaml:11, wait-agent): the agent said nothing within 4000 ms']);
  });

  it('calls an agent who never pauses still speaking', () => {
    const play = new Play(aScript([waitsForAgent(700, 1000, 4000)])).agentSpeaks(900, 4890);
    expect(play.types(4899), 'it began in time and may go on').to.deep.equal([]);
    play.at(4900);
    expect(play.faults[0]).to.contain('still speaking after 4000 ms');
  });

  it('counts a voice that began during the caller’s line as its answer only if it outlasts it', () => {
    const interrupted = new Play(aScript([says('hello'), waitsForAgent()]));
    interrupted.at(0);
    interrupted.act = { stepIndex: 0, startMs: 100, endMs: 1000 };
    interrupted.agentSpeaks(300, 900);
    interrupted.at(1000);
    expect(interrupted.types(2000), 'it stopped for the caller').to.deep.equal([]);

    const talkedOver = new Play(aScript([says('hello'), waitsForAgent()]));
    talkedOver.at(0);
    talkedOver.act = { stepIndex: 0, startMs: 100, endMs: 1000 };
    talkedOver.agentSpeaks(300, 1400);
    expect(talkedOver.types(2200)).to.deep.equal(['step', 'step', 'hang-up']);
  });

  it('interrupts so long after the agent’s next words began', () => {
    const play = new Play(aScript([waitsForAgent(), says('tell me'), interrupts(800, 'stop'), waitsForAgent()])).agentSpeaks(100, 1000);
    play.at(1700);
    play.act = { stepIndex: 1, startMs: 1750, endMs: 2400 };
    play.at(2420);
    play.agentSpeaks(3000, 3780);
    expect(play.types(3799)).to.deep.equal([]);
    play.agent[1] = { startMs: 3000, endMs: 3800 };
    expect(play.types(3800)).to.deep.equal(['act']);
    expect(play.faults).to.deep.equal([]);
  });

  it('says so when there is nothing left to interrupt, and speaks all the same', () => {
    const play = new Play(aScript([interrupts(2000, 'stop')])).agentSpeaks(100, 900);
    expect(play.types(2100)).to.deep.equal(['fault', 'act']);
    expect(play.faults[0]).to.contain('the agent had finished after 800 ms');
  });

  it('interrupts a reply of several sentences in whichever of them it has come to', () => {
    const play = new Play(aScript([interrupts(2600, 'stop')])).agentSpeaks(100, 1500).agentSpeaks(1960, 2700);
    expect(play.types(2700)).to.deep.equal(['act']);
    const pausing = new Play(aScript([interrupts(1600, 'stop')])).agentSpeaks(100, 1500);
    expect(pausing.types(1700), 'in the pause between two').to.deep.equal(['act']);
  });

  it('waits for a new voice when the caller has said nothing since the last one', () => {
    const play = new Play(aScript([waitsForAgent(), waitsForAgent(), HANGS_UP])).agentSpeaks(100, 1000);
    expect(play.types(1700)).to.deep.equal(['step']);
    expect(play.types(4000)).to.deep.equal([]);
    play.agentSpeaks(6000, 7000);
    expect(play.types(7700)).to.deep.equal(['step', 'step', 'hang-up']);
  });

  it('has a check look from the caller’s last act to now', () => {
    const play = new Play(aScript([presses('12#'), waitsForAgent(), expectsAgent('thank you')]));
    play.at(0);
    play.act = { stepIndex: 0, startMs: 50, endMs: 700 };
    play.agentSpeaks(1000, 2000);
    play.at(2700);
    expect(play.log.find((effect) => effect.type === 'check')).to.deep.equal({ type: 'check', stepIndex: 2, fromMs: 50, toMs: 2700 });
  });

  it('has a check after a second wait look at what was said since the first', () => {
    const play = new Play(aScript([waitsForAgent(), expectsAgent('welcome'), waitsForAgent(), expectsAgent('are you there')]));
    play.agentSpeaks(100, 1000);
    play.at(1700);
    play.agentSpeaks(6000, 7000);
    play.at(7700);
    const checks = play.log.flatMap((effect) => (effect.type === 'check' ? [[effect.fromMs, effect.toMs]] : []));
    expect(checks).to.deep.equal([[-1000, 1700], [1000, 7700]]);
  });

  describe('when the far end hangs up', () => {
    it('is content if that was waited for', () => {
      const play = new Play(aScript([waitsForAgent(), waitsForEnd()])).agentSpeaks(100, 1000);
      expect(play.types(1200, true)).to.deep.equal(['step', 'step']);
      expect(play.faults).to.deep.equal([]);
    });

    it('counts an answer that was cut by the end as an answer', () => {
      const play = new Play(aScript([waitsForAgent(), HANGS_UP])).agentSpeaks(100, 1000);
      play.at(1100, true);
      expect(play.faults).to.deep.equal([]);
    });

    it('finds fault if the caller still had something to say', () => {
      const play = new Play(aScript([waitsForAgent(), says('hello'), waitsForAgent()])).agentSpeaks(100, 1000);
      expect(play.types(1100, true)).to.deep.equal(['step', 'fault']);
      expect(play.faults).to.deep.equal(['step 2 (a-call.yaml:11, say): the call ended before the caller was done']);
    });

    it('ends a silence', () => {
      const play = new Play(aScript([isSilent(60_000), waitsForEnd()]));
      expect(play.types(500, true)).to.deep.equal(['step', 'step']);
    });

    it('finds fault if it does not come in time', () => {
      const play = new Play(aScript([waitsForEnd(3000)]));
      expect(play.types(3000)).to.deep.equal(['fault', 'hang-up']);
      expect(play.faults[0]).to.contain('did not hang up within 3000 ms');
    });
  });
});
