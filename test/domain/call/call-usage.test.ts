import { expect } from 'chai';
import { NO_USAGE, addUsage, daysOf, usageOf, wholeDays, widened, youngerThan } from '../../../src/domain/call/call-usage.js';

describe('what calls have used', () => {
  it('is the time from answer to end, and what providers did; nothing of one that did nothing', () => {
    const [answeredAt, endedAt] = ['2026-11-20T12:00:00.000Z', '2026-11-20T12:00:05.500Z'];
    const speech = [{ provider: 'local', recognisedMs: 1, synthesisedCharacters: 2 }, { provider: 'azure', recognisedMs: 0, synthesisedCharacters: 0 }];
    expect(usageOf({ answeredAt, endedAt, speech })).to.deep.equal({ calls: 1, answeredCalls: 1, connectedMs: 5500, speech: [speech[0]] });
    expect(usageOf({ answeredAt, endedAt: null, speech: [] })).to.include({ answeredCalls: 1, connectedMs: 0 });
    expect(usageOf({ answeredAt: null, endedAt, speech: [] })).to.include({ answeredCalls: 0, connectedMs: 0 });
    expect(usageOf({ answeredAt: endedAt, endedAt: answeredAt, speech: [] }), 'two clocks').to.include({ connectedMs: 0 });
  });

  it('adds up by provider, in the order of names', () => {
    const of = (provider: string): ReturnType<typeof usageOf> => ({ ...NO_USAGE, calls: 1, speech: [{ provider, recognisedMs: 1, synthesisedCharacters: 2 }] });
    expect(['b', 'a', 'b'].map(of).reduce(addUsage)).to.deep.equal({
      ...NO_USAGE, calls: 3, speech: [{ provider: 'a', recognisedMs: 1, synthesisedCharacters: 2 }, { provider: 'b', recognisedMs: 2, synthesisedCharacters: 4 }],
    });
  });

  it('knows the days that lie wholly in a period', () => {
    const [midnight, morning, evening] = ['2026-11-20T00:00:00.000Z', '2026-11-20T06:00:00.000Z', '2026-11-21T22:00:00.000Z'];
    expect(wholeDays(midnight, '2026-11-22T00:00:00.000Z')).to.deep.equal({ from: '2026-11-20', to: '2026-11-22' });
    expect(wholeDays(midnight, evening)).to.deep.equal({ from: '2026-11-20', to: '2026-11-21' });
    for (const [from, to] of [[morning, evening], [midnight, morning], [midnight, midnight], [evening, midnight]] as const) expect(wholeDays(from, to), from).to.equal(null);
  });

  it('counts days over months, widens and cuts', () => {
    expect(daysOf({ from: '2026-02-27', to: '2026-03-02' })).to.deep.equal(['2026-02-27', '2026-02-28', '2026-03-01']);
    expect(widened({ from: '2026-03-01', to: '2026-03-02' }, 1)).to.deep.equal({ from: '2026-02-28', to: '2026-03-03' });
    const now = Date.parse('2026-03-10T12:00:00.000Z');
    expect(youngerThan({ from: '2026-03-01', to: '2026-03-11' }, 3, now)).to.deep.equal({ from: '2026-03-07', to: '2026-03-11' });
    expect(daysOf(youngerThan({ from: '2026-03-01', to: '2026-03-02' }, 3, now))).to.deep.equal([]);
  });
});
