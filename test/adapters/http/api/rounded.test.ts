import { expect } from 'chai';
import { minutesOf, rounded, roundedMs } from '../../../../src/adapters/http/api/rounded.js';

describe('numbers in answers of the API', () => {
  it('are tenths of a millisecond, however deep', () => {
    const view = { durationMs: 1234.5678901234567, setupMs: null, turns: 2, share: 0.123456, bars: [{ stage: 'llm', startMs: 0.30000000000000004, durationMs: 0.04 }] };
    expect(rounded(view)).to.deep.equal({ durationMs: 1234.6, setupMs: null, turns: 2, share: 0.123456, bars: [{ stage: 'llm', startMs: 0.3, durationMs: 0 }] });
  });

  it('may be none', () => {
    expect([roundedMs(1234.5678901234567), roundedMs(null)]).to.deep.equal([1234.6, null]);
  });

  it('are thousandths of a minute, and of how sure a recogniser is', () => {
    expect(minutesOf(106_000)).to.equal(1.767);
    expect(rounded({ confidence: 0.912345 })).to.deep.equal({ confidence: 0.912 });
  });
});
