import { expect } from 'chai';
import { callPlan, LATER_CALLS, LoadCaller, type CallPlan } from '../../../bench/calls/load-caller.js';
import { loadFvadClassifiers } from '../../../src/adapters/dsp/fvad-classifier.js';
import { Histogram } from './histogram.js';
import { StreamQuality } from './stream-quality.js';
import { voiceSignal } from './voice-signal.js';

const FRAME = 160;

describe('Histogram', () => {
  it('finds percentiles to within a step', () => {
    const histogram = new Histogram(0.1, 200);
    for (let value = 1; value <= 1000; value += 1) histogram.record(value / 10);
    expect(histogram.percentile(0.5)).to.be.closeTo(50, 0.11);
    expect(histogram.percentile(0.99)).to.be.closeTo(99, 0.11);
    expect(histogram.mean).to.be.closeTo(50.05, 1e-9);
  });

  it('tells the largest value past its limit, and zeros without values', () => {
    const histogram = new Histogram(1, 10);
    expect(histogram.summary()).to.include({ count: 0, p99: 0, max: 0 });
    histogram.record(250);
    expect(histogram.percentile(0.99)).to.equal(250);
  });
});

describe('StreamQuality', () => {
  const received = (packets: readonly (readonly [sequence: number, atMs: number])[]): ReturnType<StreamQuality['report']> => {
    const quality = new StreamQuality(1);
    quality.measuring = true;
    for (const [sequence, atMs] of packets) quality.packet(0, sequence, atMs);
    return quality.report();
  };

  it('takes the time between packets in sequence, over the wrap of sequence numbers', () => {
    const report = received([[65_534, 0], [65_535, 20], [0, 41], [1, 70]]);
    expect(report).to.include({ received: 4, lost: 0, reordered: 0 });
    expect(report.intervalMs.count).to.equal(3);
    expect(report.intervalMs.max).to.equal(29);
    expect(report.within5Ms).to.be.closeTo(2 / 3, 1e-9);
  });

  it('counts what never came as lost, and what came late as reordered instead', () => {
    expect(received([[1, 0], [2, 20], [5, 80]])).to.include({ lost: 2, reordered: 0 });
    expect(received([[1, 0], [3, 40], [2, 41], [4, 60]])).to.include({ lost: 0, reordered: 1 });
  });

  it('takes a new stream of the same caller for what it is', () => {
    const quality = new StreamQuality(1);
    quality.measuring = true;
    quality.packet(0, 100, 0);
    quality.begin(0);
    quality.packet(0, 9000, 500);
    expect(quality.report()).to.include({ received: 2, lost: 0 });
  });
});

describe('LoadCaller', () => {
  /** Lives a call on a clock of 20 ms; `agent` says when the agent's packets hold voice. */
  const live = (plan: CallPlan, agent: (nowMs: number, caller: { readonly speakingMs: number }) => boolean, packetsUntilMs = Infinity): readonly string[] => {
    const told: string[] = [];
    const note = (what: string) => (ms: number): void => { told.push(`${what} ${Math.round(ms)}`); };
    const caller = new LoadCaller(plan, {
      greeted: note('greeted'), answered: note('answered'), stopped: note('stopped'), done: () => told.push('done'), failed: (why) => told.push(why),
    }, 0);
    let speakingMs = 0;
    for (let nowMs = 0; nowMs < 60_000 && !caller.isOver; nowMs += 20) {
      if (nowMs < packetsUntilMs) caller.hear(agent(nowMs, { speakingMs }), nowMs);
      speakingMs = caller.tick(nowMs) ? speakingMs + 20 : 0;
    }
    return told;
  };
  const oneExchange: CallPlan = { exchanges: [{ pauseMs: 200, speakMs: 1000, interruptAfterMs: null }] };

  it('is greeted, speaks, is answered and hangs up', () => {
    // Greeting until 1000; quiet by 1380; speaks 1580 to 2580; the reply begins at 3300.
    expect(live(oneExchange, (nowMs) => (nowMs >= 100 && nowMs < 1000) || (nowMs >= 3300 && nowMs < 5000))).to.deep.equal(['greeted 100', 'answered 720', 'done']);
  });

  it('interrupts, and measures how long the agent went on', () => {
    const plan: CallPlan = { exchanges: [{ pauseMs: 200, speakMs: 1500, interruptAfterMs: 600 }] };
    let stopped = false;
    const told = live(plan, (nowMs, { speakingMs }) => {
      if (nowMs < 1000) return true;
      if (nowMs > 3500 && speakingMs >= 240) stopped = true;
      return nowMs > 3500 && (!stopped || nowMs > 7000) && nowMs < 8000;
    });
    expect(told.map((line) => line.split(' ')[0])).to.deep.equal(['greeted', 'answered', 'stopped', 'answered', 'done']);
    expect(Number(told[2]?.split(' ')[1])).to.be.within(200, 260);
  });

  it('tells what fails: no greeting, no reply, an agent who talks on, silence on the line', () => {
    expect(live(oneExchange, () => false)).to.deep.equal(['no-greeting']);
    expect(live(oneExchange, (nowMs) => nowMs < 1000)).to.deep.equal(['greeted 0', 'no-reply']);
    expect(live(oneExchange, () => true)).to.deep.equal(['greeted 0', 'agent-never-stops']);
    expect(live({ exchanges: [{ pauseMs: 200, speakMs: 1500, interruptAfterMs: 600 }] }, (nowMs) => nowMs < 1000 || nowMs > 3500).at(-1)).to.equal('not-interrupted');
    expect(live(oneExchange, (nowMs) => nowMs < 1000, 3000).at(-1)).to.equal('audio-stopped');
  });

  it('has the same plan for the same call, and another for the next', () => {
    expect(callPlan(7, LATER_CALLS)).to.deep.equal(callPlan(7, LATER_CALLS));
    expect(callPlan(7, LATER_CALLS)).to.not.deep.equal(callPlan(8, LATER_CALLS));
  });
});

describe('voiceSignal', () => {
  it('is voice to the gateway from the first frame to the last', async () => {
    const classifier = (await loadFvadClassifiers(3))(8000);
    const voice = voiceSignal({ seconds: 2, pitchHz: 180 });
    const voiced = Array.from({ length: voice.length / FRAME }, (_, frame) => classifier.isVoiced(voice.subarray(frame * FRAME, (frame + 1) * FRAME)));
    classifier.close();
    expect(voiced.filter(Boolean).length).to.equal(voiced.length);
  });
});
