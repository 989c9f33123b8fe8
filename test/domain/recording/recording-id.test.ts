import { expect } from 'chai';
import { mayHaveId } from '../../../src/domain/recording/recording.js';
import { firstUlidAt } from '../../../src/domain/shared/ulid-time.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('what the id of a recording says of its time', () => {
  const noonMs = Date.parse('2026-01-01T12:00:00.000Z');
  const noon = new Date(noonMs).toISOString();
  const at = (ms: number): string => firstUlidAt(noonMs + ms);

  it('rules out what began long before or after, and nothing near the edges', () => {
    for (const [ms, from, to] of [[-11 * MINUTE_MS, false, true], [-10 * MINUTE_MS, true, true], [0, true, true], [10 * MINUTE_MS - 1, true, true], [10 * MINUTE_MS, true, false]] as const) {
      expect([mayHaveId(at(ms), { from: noon }), mayHaveId(at(ms), { to: noon })], String(ms)).to.deep.equal([from, to]);
    }
    expect(mayHaveId(at(0), {})).to.equal(true);
  });

  it('rules out what was there a day before its call was', () => {
    expect(mayHaveId(at(-DAY_MS - 1), { callId: at(0) })).to.equal(false);
    for (const ms of [-DAY_MS, 0, 30 * DAY_MS]) expect(mayHaveId(at(ms), { callId: at(0) }), String(ms)).to.equal(true);
  });

  it('rules nothing out of ids, and by ids and times, that have no time', () => {
    for (const id of ['old-recording', 'zzz', '']) expect(mayHaveId(id, { callId: at(0), from: noon, to: noon }), id).to.equal(true);
    expect(mayHaveId(at(0), { callId: 'call-1', from: 'yesterday', to: 'tomorrow' })).to.equal(true);
  });
});
