import { expect } from 'chai';
import { CloseOrphans } from '../../../src/application/calls/close-orphans.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { CallSummary } from '../../../src/domain/call/call-summary.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { aTenant } from '../../support/builders/a-tenant.js';
import { aHistoryStep, aSummary, NOON_MS } from '../../support/builders/a-kept-call.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';
import { MemoryCallHistory } from '../../support/fakes/memory-call-history.js';
import { MemoryEventPublisher } from '../../support/fakes/memory-event-publisher.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const BANK = tenantId('north-bank');
const HOUR_MS = 3_600_000;
const signal = new AbortController().signal;

describe('CloseOrphans', () => {
  let clock: VirtualClock;
  let history: MemoryCallHistory;
  let publisher: MemoryEventPublisher;
  let log: RecordingLogger;
  let metrics: RecordingMetrics;
  let pages = 0;

  beforeEach(() => {
    clock = new VirtualClock({ wallStart: new Date(NOON_MS).toISOString() });
    clock.advance(10 * HOUR_MS);
    history = new MemoryCallHistory({ clock, retentionDays: 30, transcriptDays: 30 });
    publisher = new MemoryEventPublisher();
    log = new RecordingLogger();
    metrics = new RecordingMetrics();
    pages = 0;
  });

  const mine: Partial<CallSummary> = { tenantId: BANK, ownerNode: 'node-1', state: 'active' };
  const keep = (call: CallSummary): Promise<void> => history.append([aHistoryStep(call, [EVERY_EVENT['call.started'], EVERY_EVENT['call.answered'], EVERY_EVENT['stt.transcribed']])], signal);
  const start = async (startedAt = clock.wallTime()): Promise<void> => {
    const watched = { list: (...asked: Parameters<typeof history.list>) => { pages += 1; return history.list(...asked); }, find: history.find.bind(history), append: history.append.bind(history) };
    const orphans = new CloseOrphans({ history: watched, tenants: { list: () => Promise.resolve([aTenant({ id: BANK })]) }, publisher, clock, ids: new SequentialIds(), log, metrics, nodeName: 'node-1', startedAt });
    await orphans.begin();
    await orphans.close();
  };
  const found = async (call: CallSummary): Promise<CallSummary | undefined> => (await history.find(BANK, call.callId, signal))?.call;

  it('ends calls that the process before had not ended, when they were last heard of', async () => {
    const call = aSummary(0, mine);
    await keep(call);
    const before = (await history.find(BANK, call.callId, signal))!.events;
    await start();
    const { call: after, events } = (await history.find(BANK, call.callId, signal))!;
    const last = before.at(-1)!;
    expect(after).to.include({ state: 'ended', endReason: 'lost', endedAt: last.occurredAt });
    expect(events.at(-1)).to.deep.include({ sequence: last.sequence + 1, occurredAt: last.occurredAt, atMs: last.atMs });
    expect(events.at(-1)?.body).to.include({ type: 'call.ended', result: 'indeterminate', reason: 'lost' });
    expect(publisher.ofType('call.ended')).to.have.lengthOf(1);
    expect(metrics.value('calls_adopted_total', { outcome: 'lost' })).to.equal(1);
  });

  it('does so once, however often the process begins anew', async () => {
    await keep(aSummary(0, mine));
    await start();
    await start();
    expect(publisher.ofType('call.ended')).to.have.lengthOf(1);
    expect(log.messages('warn')).to.have.lengthOf(1);
  });

  it('leaves alone what has ended, what others run, and what began after the process', async () => {
    const left = [aSummary(0, { ...mine, state: 'ended', endReason: 'caller_hangup' }), aSummary(1000, { ...mine, ownerNode: 'node-2' }), aSummary(11 * HOUR_MS, mine)];
    for (const call of left) await keep(call);
    await start();
    for (const call of left) expect(await found(call)).to.deep.equal(call);
    expect(publisher.events).to.deep.equal([]);
  });

  it('looks through as many pages as a day of calls has, and no further back', async () => {
    clock.advance(48 * HOUR_MS);
    const old = aSummary(0, mine);
    await keep(old);
    for (let index = 1; index <= 250; index += 1) await keep(aSummary(index * 1000, { ...mine, state: 'ended' }));
    const first = aSummary(34 * HOUR_MS, mine);
    await keep(first);
    for (let index = 1; index <= 450; index += 1) await keep(aSummary(34 * HOUR_MS + index * 1000, { ...mine, state: 'ended' }));
    await start();
    expect((await found(first))?.endReason).to.equal('lost');
    expect(pages, 'pages of 200').to.equal(3);
    expect((await found(old))?.state, 'of no process that this one follows').to.equal('active');
  });

  it('publishes no end that it could not keep, and says that calls may look alive', async () => {
    const call = aSummary(0, mine);
    await keep(call);
    history.failure = new PortError('full', { code: 'call-history/unwritable', kind: 'unavailable' });
    await start();
    expect(publisher.events).to.deep.equal([]);
    expect(log.messages('warn')).to.deep.equal(['calls of the process before this one may be shown as running']);
    history.failure = null;
    await start();
    expect((await found(call))?.state).to.equal('ended');
  });
});
