import { expect } from 'chai';
import { type LedgerEvent, storyOf } from './event-ledger.js';

const event = (sequence: number, type = 'dtmf.received', stream = 'log'): LedgerEvent => ({
  id: `e${sequence}`, type, callId: 'call-1', sequence, stream, data: type === 'call.started' ? { correlationId: 'caller-1' } : { reason: 'caller_hangup' },
});
const WHOLE = [event(1, 'call.started'), event(2), event(3, 'call.ended')];

describe('The story of a call, from its events', () => {
  it('is told once, whatever was delivered twice', () => {
    const story = storyOf([...WHOLE, event(2), { ...event(1), callId: 'call-2', id: 'f1' }], 'caller-1')!;
    expect(story).to.include({ callId: 'call-1', repetitions: 1 });
    expect(story.endReasons).to.deep.equal(['caller_hangup']);
    expect(story.faults).to.deep.equal([]);
  });

  it('is not known before its beginning has arrived', () => {
    expect(storyOf(WHOLE.slice(1), 'caller-1')).to.equal(null);
  });

  it('needs no order between streams', () => {
    const mixed = [event(3, 'call.ended', 'call'), event(1, 'call.started', 'speech'), event(2, 'dtmf.received', 'speech')];
    expect(storyOf(mixed, 'caller-1')!.faults).to.deep.equal([]);
  });

  const faulty: Readonly<Record<string, readonly [readonly LedgerEvent[], RegExp]>> = {
    'an event that is missing': [[WHOLE[0]!, WHOLE[2]!], /2 is missing/u],
    'two events of one number': [[...WHOLE, { ...event(2), id: 'other' }], /there twice/u],
    'a broken order': [[event(2), event(1, 'call.started'), event(3, 'call.ended')], /order of events broken/u],
    'no end': [WHOLE.slice(0, 2), /0 end reasons/u],
    'two ends': [[...WHOLE, event(4, 'call.ended')], /2 end reasons/u],
  };
  for (const [what, [events, fault]] of Object.entries(faulty)) {
    it(`tells of ${what}`, () => {
      expect(storyOf(events, 'caller-1')!.faults.join()).to.match(fault);
    });
  }
});
