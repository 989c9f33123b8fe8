import { expect } from 'chai';
import * as fc from 'fast-check';
import { Call, type CallChange, type CallRefusal, type CallState, isRefusal } from '../../../src/domain/call/call.js';
import type { CallEvent } from '../../../src/domain/call/call-events.js';
import type { EventBody } from '../../../src/domain/shared/domain-event.js';
import { TERMINATIONS, type TerminationReason } from '../../../src/domain/call/termination.js';
import { lineCause } from '../../../src/domain/call/line-cause.js';
import { conversationId } from '../../../src/domain/shared/ids.js';
import { aCall, aCallRecord } from '../../support/builders/a-call.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

const at = (ms: number): { wall: string; ms: number } => ({ wall: new Date(Date.UTC(2026, 10, 20, 12) + ms - 1000).toISOString(), ms });

const ACTS = {
  answer: (call: Call) => call.answer(at(1400)),
  activate: (call: Call) => call.activate(conversationId('c-1')),
  escalate: (call: Call) => call.escalate('wants a person'),
  transfer: (call: Call) => call.transfer('extension', 'person'),
  end: (call: Call) => call.end('caller_hangup', 2, at(61_000)),
} as const satisfies Record<string, (call: Call) => CallChange | CallRefusal>;

type Act = keyof typeof ACTS;

/** The whole table: state → act → state it leads to, or the refusal. */
const TABLE: Record<CallState, Record<Act, CallState | 'wrong-state' | 'already-ended'>> = {
  ringing: { answer: 'answered', activate: 'wrong-state', escalate: 'wrong-state', transfer: 'wrong-state', end: 'ended' },
  answered: { answer: 'wrong-state', activate: 'active', escalate: 'answered', transfer: 'transferred', end: 'ended' },
  active: { answer: 'wrong-state', activate: 'wrong-state', escalate: 'active', transfer: 'transferred', end: 'ended' },
  transferred: { answer: 'wrong-state', activate: 'wrong-state', escalate: 'wrong-state', transfer: 'wrong-state', end: 'ended' },
  ended: { answer: 'already-ended', activate: 'already-ended', escalate: 'already-ended', transfer: 'already-ended', end: 'already-ended' },
};

const EVENTS_OF: Record<Act, readonly CallEvent['type'][]> = {
  answer: ['call.answered'], activate: [], escalate: ['call.escalated'], transfer: ['call.transferred'], end: ['call.ended'],
};

function changed(change: CallChange | CallRefusal): CallChange {
  if (isRefusal(change)) throw new Error(`refused: ${change.refused}`);
  return change;
}

function callIn(state: CallState): Call {
  return Call.restore(aCallRecord({ state }), 1000);
}

describe('Call', () => {
  for (const [state, row] of Object.entries(TABLE) as [CallState, Record<Act, string>][]) {
    for (const [act, outcome] of Object.entries(row) as [Act, string][]) {
      it(`when ${state}: ${act} → ${outcome}`, () => {
        const before = callIn(state);
        const change = ACTS[act](before);
        expect(before.record, 'a call is never changed in place').to.deep.equal(aCallRecord({ state }));
        if (isRefusal(change)) {
          expect(change).to.deep.equal({ refused: outcome, state });
          return;
        }
        expect(change.call.record.state).to.equal(outcome);
        expect(change.events.map((event) => event.type)).to.deep.equal(EVENTS_OF[act]);
      });
    }
  }

  it('starts ringing and says who calls whom, by which trunk', () => {
    const { call, events } = Call.start(aCallRecord(), at(1000));
    expect(call.record).to.deep.equal(aCallRecord());
    expect(call.ended).to.equal(false);
    expect(events).to.deep.equal([{
      type: 'call.started', direction: 'inbound', callerNumber: '+15550100', calleeNumber: '5551000', agentId: 'card-delivery', trunk: 'trunk', correlationId: 'edge-1',
    }]);
  });

  it('starts without a trunk or correlation id as well', () => {
    const { events } = Call.start(aCallRecord({ metadata: {} }), at(1000));
    expect(events[0]).to.include({ trunk: '', correlationId: '' });
  });

  it('keeps the times of answer and end, and how long each took', () => {
    const answered = changed(aCall().answer(at(1350)));
    expect(answered.events).to.deep.equal([{ type: 'call.answered', setupMs: 350 }]);
    expect(answered.call.record.answeredAt).to.equal('2026-11-20T12:00:00.350Z');
    const speech = [{ provider: 'cloud', recognisedMs: 900, synthesisedCharacters: 40 }];
    const ended = changed(answered.call.end('agent_hangup', 3, at(61_000), { speech }));
    expect(ended.call.ended).to.equal(true);
    expect(ended.call.record).to.include({ endedAt: '2026-11-20T12:01:00.000Z', endReason: 'agent_hangup', state: 'ended' });
    expect(ended.events).to.deep.equal([{ type: 'call.ended', result: 'success', reason: 'agent_hangup', durationMs: 60_000, turns: 3, speech }]);
  });

  it('tells the cause of a line that ended, where there is one', () => {
    const ended = changed(aCall().end('unreachable', 0, at(61_000), { cause: lineCause(34) }));
    expect(ended.events[0]).to.deep.include({ reason: 'unreachable', cause: { code: 34, name: 'No circuit/channel available' } });
    expect(changed(aCall().end('unreachable', 0, at(61_000), { cause: lineCause(0) })).events[0], 'none was given').not.to.have.property('cause');
    expect(lineCause(33), 'not in the standard').to.deep.equal({ code: 33, name: 'Cause 33' });
  });

  it('never reports a negative duration, whatever clock the start came from', () => {
    expect(changed(Call.restore(aCallRecord(), 90_000).end('lost', 0, at(1000))).events[0]).to.include({ durationMs: 0 });
  });

  it('keeps the conversation id when it becomes active, and the target when it is transferred', () => {
    const active = changed(callIn('answered').activate(conversationId('c-9'))).call;
    expect(active.record.conversationId).to.equal('c-9');
    expect(changed(active.transfer('number', '+15550199')).events).to.deep.equal([{ type: 'call.transferred', kind: 'number', target: '+15550199' }]);
  });

  it('is plain data: a record survives JSON', () => {
    const { call } = changed(aCall().answer(at(1350)));
    expect(JSON.parse(JSON.stringify(call.record))).to.deep.equal(call.record);
  });

  it('in any order of operations ends at most once, answers at most once, and its events agree with its state', () => {
    const acts = fc.array(fc.constantFrom(...Object.keys(ACTS) as Act[]), { maxLength: 30 });
    fc.assert(fc.property(acts, (sequence) => {
      let call = aCall();
      const events: EventBody[] = [];
      for (const act of sequence) {
        const before = call.record;
        const change = ACTS[act](call);
        if (isRefusal(change)) {
          expect(change.state).to.equal(before.state);
          continue;
        }
        expect(before.state, 'nothing happens after the end').to.not.equal('ended');
        call = change.call;
        events.push(...change.events);
      }
      const times = (type: CallEvent['type']): number => events.filter((event) => event.type === type).length;
      expect(times('call.ended')).to.equal(call.ended ? 1 : 0);
      expect(times('call.answered')).to.equal(call.record.answeredAt === null ? 0 : 1);
      expect(times('call.transferred')).to.be.at.most(times('call.answered'));
      expect(call.record.endReason === null).to.equal(!call.ended);
      expect(call.record.endedAt === null).to.equal(!call.ended);
      if (call.ended) expect(events.at(-1)?.type).to.equal('call.ended');
    }));
  });

  it('numbers what happens without gaps, whatever it is, and takes nothing down after the end', () => {
    const acts = { ...ACTS, key: (call: Call) => call.note({ type: 'dtmf.received' }), silence: (call: Call) => call.note({ type: 'caller.silent', attempt: 1 }) };
    fc.assert(fc.property(fc.array(fc.constantFrom(...Object.keys(acts) as (keyof typeof acts)[]), { maxLength: 30 }), (sequence) => {
      let call = aCall();
      let events = 1;
      for (const act of sequence) {
        const { ended } = call;
        const change = acts[act](call);
        if (isRefusal(change)) continue;
        expect(ended).to.equal(false);
        events += change.events.length;
        expect(change.call.record.lastSequence).to.equal(events);
        call = change.call;
      }
    }));
  });

  it('keeps what was said, by whom, and what was heard of it', () => {
    const said = changed(aCall().note(EVERY_EVENT['stt.transcribed'])).call;
    const { record } = changed(said.note(EVERY_EVENT['turn.completed'])).call;
    expect(record.transcript).to.deep.equal([
      { speaker: 'caller', text: 'where is my card', heard: 'where is my card', interrupted: false },
      { speaker: 'agent', text: 'It is on its way.', heard: 'It is on', interrupted: true },
    ]);
    expect(record).to.include({ turnIndex: 1, lastSequence: 3, state: 'ringing' });
  });

  it('ends with the result that its reason stands for, from every state', () => {
    for (const [reason, result] of Object.entries(TERMINATIONS) as [TerminationReason, string][]) {
      for (const state of ['ringing', 'answered', 'active', 'transferred'] as const) {
        expect(changed(callIn(state).end(reason, 0, at(2000))).events[0]).to.include({ type: 'call.ended', reason, result });
      }
    }
  });
});
