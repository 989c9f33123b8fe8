import { expect } from 'chai';
import { type CallHistory, type CallPage, PAGE_CALLS_MAX } from '../../src/application/ports/call-history.js';
import { PortError } from '../../src/application/ports/port-error.js';
import type { CallFilter, CallSummary } from '../../src/domain/call/call-summary.js';
import { type CallUsage, USAGE_DAYS } from '../../src/domain/call/call-usage.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';
import { NOON_MS, aHistoryStep, aSummary, callIdAt } from '../support/builders/a-kept-call.js';
import { EVERY_EVENT } from '../support/builders/every-event.js';

export interface CallHistoryUnderTest {
  readonly history: CallHistory;
  /** Lets `ms` of the history's time pass, without waiting for it. It begins at noon (`NOON_MS`). */
  readonly pass: (ms: number) => Promise<void>;
}

/** What the histories of this suite are told to keep. */
export const CONTRACT_RETENTION = { retentionDays: 30, transcriptDays: 7 } as const;

const DAY_MS = 24 * 3_600_000;

/** What every CallHistory promises. `make` gives an empty one; the suite closes it. */
export function callHistoryContract(make: () => Promise<CallHistoryUnderTest>): void {
  describe('keeps the contract of CallHistory', () => {
    const signal = new AbortController().signal;
    const bank = tenantId('north-bank');
    const grill = tenantId('harbour-grill');
    let history: CallHistory;
    let pass: (ms: number) => Promise<void>;

    beforeEach(async () => { ({ history, pass } = await make()); });
    afterEach(async () => { await history.close(); });

    const keep = (...calls: readonly CallSummary[]): Promise<void> => history.append(calls.map((call) => aHistoryStep(call)), signal);
    const page = (limit = 50, cursor: string | null = null, filter: CallFilter = {}): Promise<CallPage> => history.list(bank, filter, { limit, cursor }, signal);
    const listed = async (filter: CallFilter = {}): Promise<readonly string[]> => {
      const ids: string[] = [];
      for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages += 1) {
        const { calls, cursor: next } = await page(3, cursor, filter);
        ids.push(...calls.map((call) => call.callId));
        cursor = next;
      }
      return ids;
    };

    describe('append and find', () => {
      it('gives a call back as it was, with all that happened', async () => {
        const step = aHistoryStep(aSummary(0), Object.values(EVERY_EVENT));
        await history.append([step], signal);
        expect(await history.find(bank, step.callId, signal)).to.deep.equal({ call: step.call, events: step.events });
      });

      it('adds to what is kept, in order, and the last summary counts', async () => {
        const [ringing, ended] = [aSummary(0), aSummary(0, { state: 'ended', endReason: 'caller_hangup', durationMs: 5000, turns: 1, speech: EVERY_EVENT['call.ended'].speech })];
        const first = aHistoryStep(ringing, [EVERY_EVENT['call.started'], EVERY_EVENT['call.answered']]);
        const later = aHistoryStep(ended, [EVERY_EVENT['call.ended']], 3);
        const note = { ...aHistoryStep(ringing, [EVERY_EVENT['dtmf.received']], 4), call: null };
        for (const step of [first, later, note]) await history.append([step], signal);
        expect(await history.find(bank, ringing.callId, signal)).to.deep.equal({ call: ended, events: [...first.events, ...later.events, ...note.events] });
      });

      it('keeps an event once, however often it is told, and puts late ones where they belong', async () => {
        const step = aHistoryStep(aSummary(0), [EVERY_EVENT['call.started'], EVERY_EVENT['call.answered'], EVERY_EVENT['dtmf.received']]);
        await history.append([{ ...step, events: step.events.slice(2) }], signal);
        await history.append([step, step], signal);
        expect((await history.find(bank, step.callId, signal))?.events).to.deep.equal(step.events);
      });

      it('takes many calls at once', async () => {
        const calls = Array.from({ length: 300 }, (_, number) => aSummary(number));
        await history.append(calls.map((call) => aHistoryStep(call, [EVERY_EVENT['call.started']])), signal);
        for (const { callId: id } of [calls[0]!, calls[299]!]) expect((await history.find(bank, id, signal))?.events).to.have.lengthOf(1);
      });

      it('shows nothing of a call whose summary it never got', async () => {
        await history.append([{ ...aHistoryStep(aSummary(0), [EVERY_EVENT['call.started']]), call: null }], signal);
        expect(await history.find(bank, callIdAt(0), signal)).to.equal(null);
        expect(await listed()).to.deep.equal([]);
      });

      it('does not know what never was: neither an id nor a path', async () => {
        for (const id of [callIdAt(1), 'call-1', '', '../../north-bank', '*']) expect(await history.find(bank, callId(id), signal), id).to.equal(null);
      });
    });

    it('keeps tenants apart: another tenant\'s call is as unknown as none', async () => {
      const theirs = aSummary(0, { tenantId: grill });
      await keep(theirs, aSummary(1));
      expect(await history.find(bank, theirs.callId, signal)).to.equal(null);
      expect(await history.erase(bank, theirs.callId, signal)).to.equal(false);
      expect(await history.eraseSubject(bank, theirs.callerNumber, signal)).to.deep.equal([aSummary(1).callId]);
      expect(await listed()).to.deep.equal([]);
      expect((await history.find(grill, theirs.callId, signal))?.call).to.deep.equal(theirs);
      for (const name of ['north', 'north-bank ', '..', '../north-bank', 'harbour-gril?', '*']) {
        expect((await history.list(tenantId(name), {}, { limit: 10, cursor: null }, signal)).calls, name).to.deep.equal([]);
      }
    });

    it('takes any name for a tenant\'s, without mixing them up', async () => {
      const names = ['..', 'a/b', 'a%2Fb', 'A', 'a', '*', 'x:y', '', 'ü'];
      for (const name of names) await keep(aSummary(0, { tenantId: tenantId(name), agentId: name as CallSummary['agentId'] }));
      for (const name of names) {
        expect((await history.list(tenantId(name), {}, { limit: 10, cursor: null }, signal)).calls.map(({ agentId }) => agentId), name).to.deep.equal([name]);
      }
    });

    describe('list', () => {
      it('gives calls newest first, page by page, each once', async () => {
        const calls = Array.from({ length: 10 }, (_, number) => aSummary(number * 5 * 3_600_000 - 2 * DAY_MS));
        await keep(...calls.slice(5), ...calls.slice(0, 5));
        expect(await listed()).to.deep.equal(calls.map((call) => call.callId).reverse());
        expect((await page(4)).calls).to.deep.equal(calls.slice(-4).reverse());
      });

      it('goes on where it was, though calls begin and end meanwhile', async () => {
        await keep(...[0, 1, 2, 3].map((number) => aSummary(number * 1000)));
        const first = await page(2);
        await keep(aSummary(9000), aSummary(1000, { state: 'ended' }));
        expect((await page(2, first.cursor)).calls.map(({ callId: id, state }) => [id, state])).to.deep.equal([[callIdAt(1000), 'ended'], [callIdAt(0), 'ringing']]);
      });

      it('gives a page that is full and the last no cursor, or one that leads to nothing', async () => {
        await keep(aSummary(0), aSummary(1));
        const { calls, cursor } = await page(2);
        expect(calls).to.have.lengthOf(2);
        if (cursor !== null) expect(await page(2, cursor)).to.deep.equal({ calls: [], cursor: null });
        expect(await page(3)).to.deep.equal({ calls, cursor: null });
      });

      it('never gives more than a page, whatever is asked for', async () => {
        await keep(...Array.from({ length: PAGE_CALLS_MAX + 5 }, (_, number) => aSummary(number)));
        expect((await page(100_000)).calls).to.have.lengthOf(PAGE_CALLS_MAX);
        expect((await page(0)).calls).to.have.lengthOf(1);
      });

      it('refuses a cursor that no page gave', async () => {
        for (const cursor of ['', 'x', '../..', '9ZZZZZZZZZZZZZZZZZZZZZZZZZ']) {
          const error: unknown = await page(2, cursor).then(() => null, (thrown: unknown) => thrown);
          expect(error, cursor).to.be.instanceOf(PortError).and.to.include({ code: 'call-history/bad-cursor', kind: 'rejected' });
        }
      });

      it('gives only what the filter wants, over pages and days', async () => {
        const wanted = [-2 * DAY_MS, -DAY_MS, 0].map((at) => aSummary(at, { state: 'ended', endReason: 'time_limit', callerNumber: '+4930123' }));
        await keep(...wanted, ...Array.from({ length: 30 }, (_, number) => aSummary(number * 7_000_000 - 2 * DAY_MS + 1)));
        const ids = wanted.map((call) => call.callId).reverse();
        expect(await listed({ endReason: 'time_limit' })).to.deep.equal(ids);
        expect(await listed({ number: '+4930123', states: ['ended'], direction: 'inbound' })).to.deep.equal(ids);
        expect(await listed({ number: '+4930123', states: ['active'] })).to.deep.equal([]);
        expect(await listed({ number: '+4930123', startedFrom: wanted[1]!.startedAt })).to.deep.equal(ids.slice(0, 2));
        expect(await listed({ number: '+4930123', startedTo: wanted[1]!.startedAt })).to.deep.equal(ids.slice(2));
      });
    });

    describe('retention', () => {
      it('forgets a call when its time is up', async () => {
        await keep(aSummary(0), aSummary(DAY_MS));
        await pass(CONTRACT_RETENTION.retentionDays * DAY_MS - 1000);
        expect(await listed()).to.have.lengthOf(2);
        await pass(2000);
        expect(await listed()).to.deep.equal([callIdAt(DAY_MS)]);
        expect(await history.find(bank, callIdAt(0), signal)).to.equal(null);
        await pass(2 * DAY_MS);
        expect(await listed()).to.deep.equal([]);
      });

      it('forgets the words before, and keeps the rest', async () => {
        const step = aHistoryStep(aSummary(0), Object.values(EVERY_EVENT));
        await history.append([step], signal);
        await pass(CONTRACT_RETENTION.transcriptDays * DAY_MS - 1000);
        expect((await history.find(bank, step.callId, signal))?.events).to.deep.equal(step.events);
        for (const ms of [2000, 2 * DAY_MS]) {
          await pass(ms);
          const kept = await history.find(bank, step.callId, signal);
          expect(kept?.call).to.deep.equal(step.call);
          expect(kept?.events.map(({ id }) => id)).to.deep.equal(step.events.map(({ id }) => id));
          expect(JSON.stringify(kept?.events), `${ms} ms later`).not.to.match(/where is my card|on its way|It is on/u);
        }
      });
    });

    describe('erase', () => {
      it('forgets one call for good, and says whether there was one', async () => {
        const step = aHistoryStep(aSummary(0), [EVERY_EVENT['stt.transcribed']]);
        await history.append([step, aHistoryStep(aSummary(1))], signal);
        expect(await history.erase(bank, step.callId, signal)).to.equal(true);
        expect(await history.find(bank, step.callId, signal)).to.equal(null);
        expect(await listed()).to.deep.equal([callIdAt(1)]);
        expect(await history.erase(bank, step.callId, signal)).to.equal(false);
        await history.append([{ ...step, events: [] }], signal);
        expect((await history.find(bank, step.callId, signal))?.events, 'what goes on is kept anew').to.deep.equal([]);
      });

      it('forgets all calls of a number, as caller and as callee', async () => {
        const ofSubject = Array.from({ length: 210 }, (_, number) => aSummary(number * 600_000 - DAY_MS, number % 2 === 0 ? { callerNumber: '+4930123' } : { calleeNumber: '+4930123' }));
        await keep(...ofSubject, aSummary(5), aSummary(6, { callerNumber: '+49301234' }));
        expect(await history.eraseSubject(bank, '()', signal), 'no digits are nobody').to.deep.equal([]);
        expect(await history.eraseSubject(bank, '49 (30) 123', signal), 'however it is written').to.have.lengthOf(210);
        expect(await history.eraseSubject(bank, '+4930123', signal)).to.deep.equal([]);
        expect(await listed()).to.deep.equal([callIdAt(6), callIdAt(5)]);
      });
    });

    describe('usage', () => {
      const ended = (at: number, { speech = [{ provider: 'local', recognisedMs: 4200, synthesisedCharacters: 180 }], ...more }: Partial<CallSummary> = {}): CallSummary => {
        const startedMs = NOON_MS + at;
        return aSummary(at, { state: 'ended', answeredAt: new Date(startedMs + 1000).toISOString(), endedAt: new Date(startedMs + 61_000).toISOString(), speech, ...more });
      };
      const used = (from: string, to: string, tenant = bank): Promise<CallUsage> => history.usage(tenant, { from, to }, signal);
      const both = { calls: 2, answeredCalls: 2, connectedMs: 120_000, speech: [{ provider: 'local', recognisedMs: 8400, synthesisedCharacters: 360 }] };
      const one = { calls: 1, answeredCalls: 1, connectedMs: 60_000, speech: [{ provider: 'local', recognisedMs: 4200, synthesisedCharacters: 180 }] };

      it('adds up the calls of days, by provider', async () => {
        await keep(ended(0), ended(DAY_MS, { speech: [{ provider: 'azure', recognisedMs: 7, synthesisedCharacters: 3 }, { provider: 'local', recognisedMs: 1, synthesisedCharacters: 0 }] }), aSummary(1), ended(2, { tenantId: grill }));
        expect(await used('2026-11-20', '2026-11-22')).to.deep.equal({
          calls: 3, answeredCalls: 2, connectedMs: 120_000,
          speech: [{ provider: 'azure', recognisedMs: 7, synthesisedCharacters: 3 }, { provider: 'local', recognisedMs: 4201, synthesisedCharacters: 180 }],
        });
        expect((await used('2026-11-20', '2026-11-21')).calls).to.equal(2);
        expect(await used('2026-11-20', '2026-11-22', grill)).to.deep.equal(one);
        expect(await used('2026-01-01', '2026-11-20')).to.deep.equal({ calls: 0, answeredCalls: 0, connectedMs: 0, speech: [] });
      });

      it('counts a call once, as its last summary says, however often it is told', async () => {
        await keep(aSummary(0));
        await keep(aSummary(0, { state: 'active', answeredAt: ended(0).answeredAt }));
        expect(await used('2026-11-20', '2026-11-21')).to.deep.equal({ calls: 1, answeredCalls: 1, connectedMs: 0, speech: [] });
        await keep(ended(0, { endedAt: new Date(NOON_MS + 5000).toISOString(), speech: [{ provider: 'azure', recognisedMs: 1, synthesisedCharacters: 1 }] }));
        for (let again = 0; again < 3; again += 1) await keep(ended(0), ended(0));
        expect(await used('2026-11-20', '2026-11-21')).to.deep.equal(one);
      });

      it('counts a call on the day it began, not on that of its id', async () => {
        const midnight = DAY_MS / 2;
        await keep(ended(midnight - 100, { startedAt: new Date(NOON_MS + midnight + 200).toISOString() }), ended(midnight + 100, { startedAt: new Date(NOON_MS + midnight - 200).toISOString() }));
        for (const [from, to] of [['2026-11-20', '2026-11-21'], ['2026-11-21', '2026-11-22']] as const) expect((await used(from, to)).calls, from).to.equal(1);
      });

      it('keeps what was used when calls are erased, and does not count them anew', async () => {
        await keep(ended(0), aSummary(1, { callerNumber: '+4930123' }));
        await history.erase(bank, callIdAt(0), signal);
        await history.eraseSubject(bank, '+4930123', signal);
        expect(await used('2026-11-20', '2026-11-21')).to.deep.equal({ ...one, calls: 2 });
        await keep(ended(1, { callerNumber: '+4930123' })); // it went on
        expect(await used('2026-11-20', '2026-11-21')).to.deep.equal(both);
      });

      it('keeps what was used when calls expire, for 400 days', async () => {
        await keep(ended(0), ended(1));
        for (const days of [CONTRACT_RETENTION.retentionDays + 2, USAGE_DAYS - CONTRACT_RETENTION.retentionDays - 3]) {
          await pass(days * DAY_MS);
          expect(await used('2026-11-20', '2026-11-21')).to.deep.equal(both);
        }
        await pass(3 * DAY_MS);
        expect((await used('2026-11-20', '2026-11-21')).calls).to.equal(0);
      });
    });

    it('does nothing once the signal has aborted', async () => {
      const aborted = AbortSignal.abort();
      for (const act of [() => history.append([aHistoryStep(aSummary(0))], aborted), () => history.list(bank, {}, { limit: 1, cursor: null }, aborted), () => history.find(bank, callIdAt(0), aborted), () => history.usage(bank, { from: '2026-11-20', to: '2026-11-21' }, aborted)]) {
        const error: unknown = await act().then(() => null, (thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(PortError);
        expect((error as PortError).code).to.match(/^call-history\//u);
      }
      expect(await listed()).to.deep.equal([]);
    });

    it('may be closed twice', async () => {
      await history.close();
      await history.close();
    });
  });
}
