import { expect } from 'chai';
import { measureCall, percentile, type CallTimes } from '../../../src/domain/simulation/measure-call.js';

const NOTHING: CallTimes = { answeredAtMs: 1000, endedAtMs: 20_000, acts: [], agent: [], waitsForEndFromMs: null, agentTurns: [] };
const span = (startMs: number, endMs: number): { startMs: number; endMs: number } => ({ startMs, endMs });

describe('measureCall', () => {
  it('measures the greeting from the answer to its first sound', () => {
    expect(measureCall({ ...NOTHING, agent: [span(1230, 3000)] }).greetingMs).to.equal(230);
    expect(measureCall(NOTHING).greetingMs).to.equal(null);
  });

  it('measures a response from the end of the caller’s voice to the agent’s first sound', () => {
    const measures = measureCall({
      ...NOTHING, agent: [span(1200, 3000), span(5650, 8000), span(10_300, 12_000)],
      acts: [{ stepIndex: 1, kind: 'say', startMs: 4000, endMs: 5000 }, { stepIndex: 3, kind: 'press', startMs: 9000, endMs: 10_000 }],
    });
    expect(measures.responses).to.deep.equal([{ stepIndex: 1, via: 'speech', responseMs: 650 }, { stepIndex: 3, via: 'digits', responseMs: 300 }]);
  });

  it('tells an agent who talked over the caller by a negative response', () => {
    const measures = measureCall({ ...NOTHING, agent: [span(4500, 8000)], acts: [{ stepIndex: 0, kind: 'say', startMs: 4000, endMs: 5000 }] });
    expect(measures.responses[0]?.responseMs).to.equal(-500);
  });

  it('gives no response to a line that was never answered, but a gap until the end', () => {
    const measures = measureCall({ ...NOTHING, agent: [span(1100, 3000)], acts: [{ stepIndex: 0, kind: 'say', startMs: 4000, endMs: 5000 }] });
    expect(measures.responses).to.deep.equal([]);
    expect(measures.gaps).to.deep.include({ where: 'response', startMs: 5000, endMs: 20_000 });
    expect(measures.maxGapMs).to.equal(15_000);
  });

  it('does not take the answer to the next line for the answer to this one', () => {
    const measures = measureCall({
      ...NOTHING, agent: [span(1100, 2000), span(8000, 9000)],
      acts: [{ stepIndex: 0, kind: 'say', startMs: 3000, endMs: 4000 }, { stepIndex: 1, kind: 'say', startMs: 6000, endMs: 7000 }],
    });
    expect(measures.responses).to.deep.equal([{ stepIndex: 1, via: 'speech', responseMs: 1000 }]);
  });

  it('measures how long the agent went on after an interruption began', () => {
    const measures = measureCall({
      ...NOTHING, agent: [span(1100, 2000), span(4000, 5320), span(7000, 9000)], acts: [{ stepIndex: 2, kind: 'interrupt', startMs: 5000, endMs: 6000 }],
    });
    expect(measures.stops).to.deep.equal([{ stepIndex: 2, stopMs: 320 }]);
    expect(measures.responses).to.deep.equal([{ stepIndex: 2, via: 'speech', responseMs: 1000 }]);
  });

  it('counts an agent in a pause as stopped at once, and one long silent as not interrupted', () => {
    const act = { stepIndex: 2, kind: 'interrupt' as const, startMs: 5000, endMs: 6000 };
    expect(measureCall({ ...NOTHING, agent: [span(4000, 4800)], acts: [act] }).stops).to.deep.equal([{ stepIndex: 2, stopMs: 0 }]);
    expect(measureCall({ ...NOTHING, agent: [span(3000, 4000)], acts: [act] }).stops).to.deep.equal([]);
  });

  it('counts what an agent in a pause goes on to say into the caller’s words', () => {
    const act = { stepIndex: 2, kind: 'interrupt' as const, startMs: 5000, endMs: 6000 };
    expect(measureCall({ ...NOTHING, agent: [span(4000, 4800), span(5200, 5500), span(6800, 7000)], acts: [act] }).stops).to.deep.equal([{ stepIndex: 2, stopMs: 500 }]);
  });

  it('finds dead air within one reply of the gateway', () => {
    const measures = measureCall({ ...NOTHING, agent: [span(1100, 2000), span(4500, 6000)], agentTurns: [span(1050, 6050)] });
    expect(measures.gaps).to.deep.include({ where: 'reply', startMs: 2000, endMs: 4500 });
    expect(measures.maxGapMs).to.equal(2500);
  });

  it('does not count the caller’s own silence', () => {
    expect(measureCall({ ...NOTHING, agent: [span(1100, 2000), span(9000, 10_000)], agentTurns: [span(1050, 2050), span(8950, 10_050)] }).maxGapMs).to.equal(100);
  });

  it('counts every silence once the caller only waits for the end', () => {
    const measures = measureCall({ ...NOTHING, agent: [span(1100, 2000), span(5000, 6000), span(9000, 19_700)], waitsForEndFromMs: 5500 });
    expect(measures.gaps.filter((gap) => gap.where === 'end')).to.deep.equal([
      { where: 'end', startMs: 6000, endMs: 9000 }, { where: 'end', startMs: 19_700, endMs: 20_000 },
    ]);
  });

  it('counts from the caller’s own last word', () => {
    const acts = [{ stepIndex: 1, kind: 'say' as const, startMs: 5000, endMs: 6000 }];
    const measures = measureCall({ ...NOTHING, endedAtMs: 8000, agent: [span(1100, 2000)], acts, waitsForEndFromMs: 6010 });
    expect(measures.gaps.filter((gap) => gap.where === 'end')).to.deep.equal([{ where: 'end', startMs: 6000, endMs: 8000 }]);
  });
});

describe('percentile', () => {
  it('is the nearest rank', () => {
    expect(percentile([30, 10, 20], 0.5)).to.equal(20);
    expect(percentile([10, 20], 0.5)).to.equal(10);
    expect(percentile([1, 2, 3, 4], 0.99)).to.equal(4);
    expect(percentile([], 0.5)).to.equal(null);
  });
});
