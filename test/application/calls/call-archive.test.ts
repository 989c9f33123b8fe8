import { expect } from 'chai';
import { MemoryCallOrders } from '../../../src/adapters/state/memory/memory-call-orders.js';
import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import { CallArchive } from '../../../src/application/calls/call-archive.js';
import { OrderCall, observed } from '../../../src/application/calls/order-call.js';
import { HistoryWriter } from '../../../src/application/events/history-writer.js';
import { ObservedCallRepository } from '../../../src/application/events/observed-call-repository.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { CallRecord } from '../../../src/domain/call/call.js';
import type { EventBody } from '../../../src/domain/shared/domain-event.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../support/builders/a-call.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { NOON_MS, callIdAt } from '../../support/builders/a-kept-call.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';
import { MemoryCallHistory } from '../../support/fakes/memory-call-history.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('what can be asked of calls', () => {
  const signal = new AbortController().signal;
  const bank = tenantId('north-bank');
  const grill = tenantId('harbour-grill');
  let clock: VirtualClock;
  let repository: ObservedCallRepository;
  let archive: CallArchive;
  let kept: { readonly history: MemoryCallHistory };
  let bare: CallArchive;
  let orders: MemoryCallOrders;
  let orderCall: OrderCall;
  let away: boolean;
  let ownOnly: boolean;

  beforeEach(() => {
    clock = new VirtualClock({ wallStart: new Date(NOON_MS).toISOString() });
    const history = new MemoryCallHistory({ clock, retentionDays: 30, transcriptDays: 30 });
    const writer = new HistoryWriter({ history, clock, metrics: new RecordingMetrics(), logger: silentLogger });
    repository = new ObservedCallRepository(new MemoryCallRepository({ clock, publisher: null }), { history: writer, feed: { publish: () => undefined } });
    kept = { history };
    archive = new CallArchive({ repository, kept: { history, writer }, away: () => away, ownOnly: () => away });
    bare = new CallArchive({ repository, kept: null, away: () => away, ownOnly: () => ownOnly || away });
    orders = new MemoryCallOrders(clock);
    away = ownOnly = false;
    orderCall = new OrderCall({ repository, orders, away: () => away });
  });

  const record = (at: number, deviations: Partial<CallRecord> = {}): CallRecord => aCallRecord({ callId: callIdAt(at), startedAt: new Date(NOON_MS + at).toISOString(), ...deviations });
  const save = (call: CallRecord, version: number, ...bodies: readonly EventBody[]): Promise<number> => {
    const events = bodies.map((body, index) => aDomainEvent(body, { callId: call.callId, tenantId: call.tenantId, sequence: version * 10 + index + 1 }));
    return repository.save({ record: { ...call, lastSequence: version * 10 + bodies.length }, events }, version, signal);
  };
  const ended = (call: CallRecord): CallRecord => ({
    ...call, state: 'ended', endReason: 'caller_hangup', answeredAt: call.startedAt, endedAt: new Date(Date.parse(call.startedAt) + 60_000).toISOString(),
  });

  it('is a running call as it stands now, with the story so far', async () => {
    await save(record(0), 0, EVERY_EVENT['call.started'], EVERY_EVENT['stt.transcribed']);
    await clock.run(1000);
    await save(record(0, { state: 'active' }), 1);
    const account = await archive.call(bank, callIdAt(0), signal);
    expect(account?.call.state, 'newer than the history').to.equal('active');
    expect(account?.story?.turns.map(({ text }) => text)).to.deep.equal(['where is my card']);
  });

  it('is a past call with its end', async () => {
    await save(record(0), 0, EVERY_EVENT['call.started']);
    await save(ended(record(0)), 1, EVERY_EVENT['call.ended']);
    await clock.run(1000);
    const account = await archive.call(bank, callIdAt(0), signal);
    expect(account?.call).to.include({ state: 'ended', durationMs: 61_000 });
    expect(account?.story?.outcome).to.include({ reason: 'caller_hangup' });
  });

  it('is null for another tenant as for nobody', async () => {
    await save(record(0), 0, EVERY_EVENT['call.started']);
    for (const asked of [archive, bare]) expect(await asked.call(grill, callIdAt(0), signal)).to.equal(null);
    await clock.run(1000);
    expect(await archive.call(grill, callIdAt(0), signal)).to.equal(null);
    expect(await archive.call(bank, callIdAt(7), signal)).to.equal(null);
  });

  it('is without a history what runs now', async () => {
    await save(record(0), 0);
    await save(record(1, { tenantId: grill }), 0);
    expect((await bare.calls(bank, {}, { limit: 10, cursor: null }, signal)).calls.map(({ callId }) => callId)).to.deep.equal([callIdAt(0)]);
    expect((await bare.calls(bank, { states: ['active'] }, { limit: 10, cursor: null }, signal)).calls).to.deep.equal([]);
    expect((await bare.call(bank, callIdAt(0), signal))?.story).to.equal(null);
    expect([await bare.usage(bank, { from: '', to: '' }, signal), await bare.eraseCall(bank, callIdAt(0), signal), await bare.eraseSubject(bank, '+15550100', signal)]).to.deep.equal([null, false, []]);
  });

  describe('while the history is away', () => {
    let answers: Pick<MemoryCallHistory, 'list' | 'find'>;
    const fails = (error: PortError): void => { Object.assign(kept.history, { list: () => Promise.reject(error), find: () => Promise.reject(error) }); };
    beforeEach(async () => {
      await save(record(0), 0, EVERY_EVENT['call.started']);
      await save(record(1, { tenantId: grill }), 0, EVERY_EVENT['call.started']);
      await save(ended(record(2)), 0, EVERY_EVENT['call.ended']);
      await clock.run(1000);
      answers = { list: kept.history.list.bind(kept.history), find: kept.history.find.bind(kept.history) };
      fails(new PortError('away', { code: 'call-history/unavailable', kind: 'unavailable' }));
      away = true;
    });
    const codeOf = (asked: Promise<unknown>): Promise<string> => asked.then(() => 'answered', (error: unknown) => (error as PortError).code);
    const first = { limit: 10, cursor: null };

    it('is what runs, and that there may be more', async () => {
      const { calls, cursor, partial } = await archive.calls(bank, {}, first, signal);
      expect({ ids: calls.map(({ callId }) => callId), cursor, partial }).to.deep.equal({ ids: [callIdAt(0)], cursor: null, partial: true });
      expect(await archive.calls(bank, { states: ['active', 'ended'] }, first, signal)).to.deep.equal({ calls: [], cursor: null, partial: true });
      expect(await archive.call(bank, callIdAt(0), signal)).to.deep.include({ story: null, partial: true }).and.to.have.nested.property('call.callId', callIdAt(0));
      expect((await bare.calls(bank, {}, first, signal)).partial, 'the live calls of other nodes are not known either').to.equal(true);
    });

    it('cannot be told of past calls, of further pages, or of a call that does not run here', async () => {
      const asked = [
        archive.calls(bank, { states: ['ended'] }, first, signal), archive.calls(bank, { endReason: 'busy' }, first, signal), archive.calls(bank, {}, { limit: 10, cursor: callIdAt(2) }, signal),
        archive.call(bank, callIdAt(2), signal), archive.call(grill, callIdAt(0), signal), archive.usage(bank, { from: '2026-11-20T12:00:00.000Z', to: '2026-11-20T13:00:00.000Z' }, signal),
        bare.call(bank, callIdAt(7), signal),
      ];
      for (const [index, answer] of asked.entries()) expect(await codeOf(answer), String(index)).to.equal('call-history/unavailable');
    });

    it('is all of them again when it is back', async () => {
      Object.assign(kept.history, answers);
      away = false;
      const page = await archive.calls(bank, {}, first, signal);
      expect([page.calls.length, page.partial]).to.deep.equal([2, undefined]);
      expect((await archive.call(bank, callIdAt(0), signal))?.partial).to.equal(undefined);
      expect((await bare.calls(bank, {}, first, signal)).partial).to.equal(undefined);
      ownOnly = true;
      expect((await bare.calls(bank, {}, first, signal)).partial, 'while what waits is being brought back').to.equal(true);
    });

    it('passes on what is no outage', async () => {
      fails(new PortError('no such page', { code: 'call-history/bad-cursor', kind: 'rejected' }));
      expect(await codeOf(archive.calls(bank, {}, first, signal))).to.equal('call-history/bad-cursor');
    });
  });

  it('adds up what was used, of calls that began in the period', async () => {
    for (let call = 0; call < 250; call += 1) {
      await save(record(call * 1000, { tenantId: call % 50 === 0 ? grill : bank }), 0);
      await save(ended(record(call * 1000, { tenantId: call % 50 === 0 ? grill : bank })), 1, EVERY_EVENT['call.ended']);
    }
    await save(record(249_500), 0);
    await clock.run(1000);
    const period = { from: new Date(NOON_MS + 1000).toISOString(), to: new Date(NOON_MS + 250_000).toISOString() };
    expect(await archive.usage(bank, period, signal)).to.deep.equal({
      ...period, calls: 246, answeredCalls: 245, connectedMs: 245 * 60_000, speech: [{ provider: 'local', recognisedMs: 245 * 4200, synthesisedCharacters: 245 * 180 }],
    });
  });

  it('adds up a period that begins and ends within days: whole days from their sums, the rest call by call', async () => {
    const HOUR_MS = 3_600_000;
    for (let hour = 0; hour < 60; hour += 1) await save(ended(record(hour * HOUR_MS)), 0); // from noon of the 20th until midnight of the 22nd
    await clock.run(1000);
    const calls = async (from: string, to: string): Promise<number | undefined> => (await archive.usage(bank, { from: `2026-11-${from}:00:00.000Z`, to: `2026-11-${to}:00:00.000Z` }, signal))?.calls;
    expect(await calls('20T18', '22T06')).to.equal(6 + 24 + 6);
    expect(await calls('20T18', '20T19')).to.equal(1);
    expect(await calls('20T18', '21T06')).to.equal(12);
    expect(await calls('20T00', '22T06')).to.equal(12 + 24 + 6);
    for (const hour of [7, 12, 13]) await archive.eraseCall(bank, callIdAt(hour * HOUR_MS), signal);
    expect(await calls('20T18', '22T06'), 'of whole days also those that were erased').to.equal(5 + 24 + 6);
  });

  it('adds up for one who asks at a time, of a tenant', async () => {
    const { history } = kept;
    let [now, most] = [0, 0];
    const usage = history.usage.bind(history);
    history.usage = async (...asked) => {
      now += 1;
      most = Math.max(most, now);
      await clock.run(0);
      now -= 1;
      return usage(...asked);
    };
    await save(ended(record(0)), 0);
    await clock.run(1000);
    const period = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => archive.usage(bank, period, signal)));
    expect([answers.map((answer) => answer?.calls), most]).to.deep.equal([Array.from({ length: 10 }, () => 1), 1]);
  });

  it('forgets a call that has ended, also what was still on its way, and no running one', async () => {
    await save(record(0), 0, EVERY_EVENT['call.started']);
    expect(await archive.eraseCall(bank, callIdAt(0), signal)).to.equal(false);
    await save(ended(record(0)), 1, EVERY_EVENT['call.ended']);
    expect(await archive.eraseCall(grill, callIdAt(0), signal)).to.equal(false);
    expect(await archive.eraseCall(bank, callIdAt(0), signal)).to.equal(true);
    await clock.run(5000);
    expect((await archive.calls(bank, {}, { limit: 10, cursor: null }, signal)).calls).to.deep.equal([]);
    await save(record(1), 0);
    expect(await archive.eraseSubject(bank, '+15550100', signal)).to.have.lengthOf(1);
  });

  describe('an order', () => {
    const hangUp = { type: 'hang-up' } as const;
    const give = (at: number, tenant = bank) => orderCall.execute(tenant, callIdAt(at), hangUp, signal);

    it('goes to the node that has the call, and is counted there', async () => {
      const metrics = new RecordingMetrics();
      const logger = new RecordingLogger();
      orders.serve('node-7', observed(() => Promise.resolve('accepted'), { metrics, logger }));
      await save(record(0, { ownerNode: 'node-7' }), 0);
      expect(await give(0)).to.equal('accepted');
      expect(metrics.value('orders_total', { order: 'hang-up', outcome: 'accepted' })).to.equal(1);
      expect(logger.lines).to.deep.equal([{ level: 'info', message: 'order to a call', fields: { callId: callIdAt(0), order: 'hang-up', outcome: 'accepted' } }]);
    });

    it('counts a handler that throws', async () => {
      const metrics = new RecordingMetrics();
      orders.serve('node-1', observed(() => Promise.reject(new Error('on purpose')), { metrics, logger: silentLogger }));
      await save(record(0), 0);
      expect(await give(0)).to.equal('failed');
      expect(metrics.value('orders_total', { outcome: 'failed' })).to.equal(1);
    });

    it('is for no call of another tenant, none that has ended, none that never was: nobody hears of it', async () => {
      orders.serve('node-1', () => Promise.reject(new Error('must not be asked')));
      await save(record(0), 0);
      await save(ended(record(1)), 0);
      expect([await give(0, grill), await give(1), await give(2)]).to.deep.equal(['not-live', 'not-live', 'not-live']);
    });

    it('is not said to be for no call while nobody can know: another node may have it', async () => {
      orders.serve('node-1', () => Promise.resolve('accepted'));
      await save(record(0), 0);
      away = true;
      expect(await give(0), 'one of this node').to.equal('accepted');
      for (const refused of [await give(1).catch((error: unknown) => error), await give(0, grill).catch((error: unknown) => error)]) {
        expect(refused).to.include({ code: 'call-repository/unavailable', kind: 'unavailable', retryable: true });
      }
    });
  });
});
