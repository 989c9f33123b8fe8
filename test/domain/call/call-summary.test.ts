import { expect } from 'chai';
import * as fc from 'fast-check';
import { type CallFilter, idRange, isWanted, summaryOf } from '../../../src/domain/call/call-summary.js';
import { callId } from '../../../src/domain/shared/ids.js';
import { firstUlidAt } from '../../../src/domain/shared/ulid-time.js';
import { aCallRecord } from '../../support/builders/a-call.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

describe('the summary of a call', () => {
  const transcript = [{ speaker: 'caller', text: 'my card', heard: 'my card', interrupted: false }] as const;

  it('holds no word of the conversation', () => {
    expect(JSON.stringify(summaryOf(aCallRecord({ transcript }), [aDomainEvent(EVERY_EVENT['stt.transcribed'])]))).not.to.match(/my card/u);
  });

  it('takes what the end tells, and nothing before', () => {
    expect(summaryOf(aCallRecord(), [aDomainEvent()])).to.include({ durationMs: null, turns: null });
    expect(summaryOf(aCallRecord({ state: 'ended' }), [aDomainEvent(), aDomainEvent(EVERY_EVENT['call.ended'])]))
      .to.deep.include({ durationMs: 61_000, turns: 4, speech: EVERY_EVENT['call.ended'].speech, endCause: { code: 16, name: 'Normal call clearing' } });
  });

  const call = summaryOf(aCallRecord({ state: 'ended', endReason: 'caller_hangup' }), []);
  const filters: readonly (readonly [CallFilter, CallFilter])[] = [
    [{ states: ['active', 'ended'] }, { states: ['active'] }],
    [{ direction: 'inbound' }, { direction: 'outbound' }],
    [{ agentId: 'card-delivery' }, { agentId: 'another' }],
    [{ number: '+15550100' }, { number: '+1555010' }],
    [{ number: '5551000' }, { number: '' }],
    [{ endReason: 'caller_hangup' }, { endReason: 'lost' }],
    [{ startedFrom: '2026-11-20T12:00:00Z' }, { startedFrom: '2026-11-20T12:00:00.001Z' }],
    [{ startedTo: '2026-11-20T12:00:00.001Z' }, { startedTo: '2026-11-20T12:00:00.000Z' }],
  ];
  for (const [wanted, unwanted] of filters) {
    it(`is wanted by ${JSON.stringify(wanted)} and not by ${JSON.stringify(unwanted)}`, () => {
      expect(isWanted(call, wanted)).to.equal(true);
      expect(isWanted(call, unwanted)).to.equal(false);
    });
  }

  it('is never outside the range of ids that is read for a filter', () => {
    const ms = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
    const iso = (value: number): string => new Date(value).toISOString();
    fc.assert(fc.property(ms, ms, ms, (startedMs, fromMs, toMs) => {
      const filter = { startedFrom: iso(fromMs), startedTo: iso(toMs) };
      const id = firstUlidAt(startedMs - 3);
      const record = aCallRecord({ callId: callId(id), startedAt: iso(startedMs) });
      const { from, before } = idRange(filter, null, 0);
      if (isWanted(summaryOf(record, []), filter)) expect(id >= from && id < before).to.equal(true);
    }), { numRuns: 500 });
  });

  it('leaves out what was seen before the cursor and what is too old', () => {
    const cursor = firstUlidAt(5000);
    expect(idRange({}, cursor, 1000)).to.deep.equal({ from: firstUlidAt(1000), before: cursor });
    expect(idRange({ startedTo: '1970-01-01T00:00:00Z' }, cursor, 0).before).to.equal(cursor);
  });
});
