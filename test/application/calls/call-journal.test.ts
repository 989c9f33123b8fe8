import { expect } from 'chai';
import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import { CallJournal, EVENTS_WAITING_MAX } from '../../../src/application/calls/call-journal.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { Call, type CallChange, type CallRefusal, isRefusal } from '../../../src/domain/call/call.js';
import { conversationId } from '../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../support/builders/a-call.js';
import { MemoryEventPublisher } from '../../support/fakes/memory-event-publisher.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const RECORD = aCallRecord();
const NEVER = new AbortController().signal;
const at = { wall: '2026-11-20T12:00:05.000Z', ms: 6000 };
const AWAY = new PortError('away', { code: 'call-repository/unavailable', kind: 'unavailable' });

class Desk {
  readonly clock = new VirtualClock();
  readonly publisher = new MemoryEventPublisher();
  readonly metrics = new RecordingMetrics();
  readonly log = new RecordingLogger();
  readonly repository = new MemoryCallRepository({ clock: this.clock, publisher: this.publisher });
  /** States that were written, in order. */
  readonly written: string[] = [];
  /** Times it was told that another node has the call. */
  taken = 0;
  /** What the next writes do instead of writing. `ghost`: writes, but never answers. */
  readonly faults: (PortError | 'hang' | 'ghost')[] = [];
  /** Every write fails with this. */
  fault: PortError | null = null;
  call = Call.start(RECORD, { wall: RECORD.startedAt, ms: 1000 });
  readonly journal: CallJournal;

  constructor() {
    const { clock, metrics, log, repository } = this;
    const save = repository.save.bind(repository);
    repository.save = async (step, version, signal) => {
      const fault = this.fault ?? this.faults.shift();
      if (fault instanceof PortError) throw fault;
      if (fault === 'hang') return new Promise(() => undefined);
      const saved = await save(step, version, signal);
      this.written.push(step.record.state);
      return fault === 'ghost' ? new Promise(() => undefined) : saved;
    };
    this.journal = new CallJournal(
      { clock, metrics, log, repository, nodeName: 'node-1', ids: new SequentialIds() },
      { callId: RECORD.callId, tenantId: RECORD.tenantId, version: 0, onTaken: () => { this.taken += 1; } },
    );
  }

  enter(change: CallChange | CallRefusal): void {
    this.journal.enter(change);
    if (!isRefusal(change)) this.call = change;
  }

  presses(): void {
    this.enter(this.call.call.note({ type: 'dtmf.received' }));
  }

  /** The way of a call, each step in the same instant. */
  whole(): void {
    this.enter(this.call);
    this.enter(this.call.call.answer(at));
    this.enter(this.call.call.activate(conversationId('c-1')));
    this.enter(this.call.call.end('caller_hangup', 1, at));
  }

  async stored(): Promise<string | undefined> {
    return (await this.repository.find(RECORD.callId, NEVER))?.record.state;
  }

  sequences(): readonly number[] {
    return this.publisher.events.map((event) => event.sequence);
  }
}

describe('CallJournal', () => {
  let desk: Desk;
  beforeEach(() => { desk = new Desk(); });
  afterEach(() => { expect(desk.clock.pending, 'timers left').to.equal(0); });

  it('numbers the events of a call from 1 without gaps, in the order in which they happened', async () => {
    desk.enter(desk.call);
    desk.presses();
    desk.enter(desk.call.call.answer(at));
    desk.enter(desk.call.call.activate(conversationId('c-1')));
    desk.enter(desk.call.call.end('caller_hangup', 1, at));
    await desk.journal.settled();
    expect(desk.publisher.types()).to.deep.equal(['call.started', 'dtmf.received', 'call.answered', 'call.ended']);
    expect(desk.sequences()).to.deep.equal([1, 2, 3, 4]);
    expect(new Set(desk.publisher.events.map((event) => event.id)).size).to.equal(4);
    expect(desk.publisher.events[0]).to.include({ callId: RECORD.callId, tenantId: RECORD.tenantId, node: 'node-1', atMs: 1000, occurredAt: '2026-11-20T12:00:00.000Z' });
  });

  it('does not wait for the store: a transition is in force at once', async () => {
    desk.faults.push('hang');
    const call = desk.journal.enter(desk.call);
    expect(call).to.equal(desk.call.call);
    await desk.clock.run(2000);
    expect(desk.publisher.types()).to.deep.equal(['call.started']);
  });

  it('writes the newest state with all that happened; states that were overtaken are skipped, events never', async () => {
    desk.whole();
    await desk.journal.settled();
    expect(desk.written).to.deep.equal(['ended']);
    expect(desk.sequences()).to.deep.equal([1, 2, 3]);
  });

  it('does not try an overtaken state again', async () => {
    desk.faults.push('hang');
    desk.enter(desk.call);
    await desk.clock.run(500);
    desk.enter(desk.call.call.answer(at));
    await desk.clock.run(700); // the rest of the deadline, and the wait before the next try
    await desk.journal.settled();
    expect(desk.written).to.deep.equal(['answered']);
  });

  it('writes states in order when they come one by one', async () => {
    desk.enter(desk.call);
    await desk.clock.settle();
    desk.enter(desk.call.call.answer(at));
    await desk.clock.settle();
    desk.enter(desk.call.call.end('caller_hangup', 0, at));
    await desk.journal.settled();
    expect(desk.written).to.deep.equal(['ringing', 'answered', 'ended']);
    expect((await desk.repository.find(RECORD.callId, NEVER))?.version).to.equal(3);
  });

  it('publishes and writes nothing for a change that was refused', async () => {
    desk.enter(desk.call);
    expect(desk.journal.enter(desk.call.call.transfer('extension', '7'))).to.equal(null);
    await desk.journal.settled();
    expect(desk.publisher.types()).to.deep.equal(['call.started']);
    expect(desk.log.messages('warn')).to.deep.equal(['call transition refused']);
  });

  it('tells of an offer that never became a call, without a record', async () => {
    desk.journal.refuse({ type: 'call.rejected', calleeNumber: '5559999', reason: 'unknown_did', correlationId: '' });
    await desk.journal.settled();
    expect(desk.sequences()).to.deep.equal([1]);
    expect(await desk.stored()).to.equal(undefined);
  });

  it('goes on without the store, tells operators once, and writes all that happened when it is back', async () => {
    desk.fault = AWAY;
    desk.whole();
    await desk.clock.run(5000);
    expect(desk.metrics.value('provider_errors_total', { port: 'call-repository', code: 'call-repository/unavailable' })).to.be.greaterThan(2);
    expect(desk.log.messages('warn')).to.deep.equal(['call state not saved: it waits']);
    expect(desk.publisher.types()).to.deep.equal([]);
    desk.fault = null;
    await desk.clock.run(5000);
    expect(desk.sequences()).to.deep.equal([1, 2, 3]);
    expect(await desk.stored()).to.equal('ended');
  });

  it('gives up a write that takes longer than a second, and nobody waits for the next attempts', async () => {
    desk.faults.push('hang', 'hang');
    desk.enter(desk.call);
    let settled = false;
    void desk.journal.settled().then(() => { settled = true; });
    await desk.clock.run(999);
    expect(settled).to.equal(false);
    await desk.clock.run(1);
    expect(settled).to.equal(true);
    await desk.clock.run(3000);
    expect(desk.metrics.value('provider_errors_total', { code: 'call-repository/timeout' })).to.equal(2);
    expect(await desk.stored()).to.equal('ringing');
  });

  it('stores no event twice when a write that was given up had happened all the same', async () => {
    desk.faults.push('ghost');
    desk.enter(desk.call);
    await desk.clock.run(500);
    desk.enter(desk.call.call.answer(at));
    await desk.clock.run(1000);
    desk.enter(desk.call.call.end('caller_hangup', 0, at));
    await desk.journal.settled();
    expect(await desk.stored()).to.equal('ended');
    expect(desk.sequences()).to.deep.equal([1, 2, 3]);
  });

  it('does not write over the state of a node that has taken the call over, tells what happened here until it knew, and is told itself', async () => {
    desk.enter(desk.call);
    await desk.clock.settle();
    await desk.repository.claim(RECORD.callId, 1, 'node-2', NEVER);
    desk.presses();
    desk.enter(desk.call.call.end('caller_hangup', 0, at)); // it goes on there
    await desk.clock.settle();
    expect(desk.taken).to.equal(1);
    expect(desk.journal.enter(desk.call.call.answer(at)), 'taken down afterwards').to.equal(null);
    await desk.journal.settled();
    expect((await desk.repository.find(RECORD.callId, NEVER))?.record).to.include({ state: 'ringing', ownerNode: 'node-2', fence: 2, lastSequence: 1 });
    expect(desk.publisher.types()).to.deep.equal(['call.started', 'dtmf.received']);
    expect(desk.metrics.value('events_lost_total')).to.equal(0);
  });

  it('keeps as many events as it may while the store is away, and calls for help about the rest', async () => {
    desk.fault = AWAY;
    desk.enter(desk.call);
    for (let press = 0; press < EVENTS_WAITING_MAX + 10; press += 1) desk.presses();
    expect(desk.metrics.value('events_lost_total', { reason: 'overflow' })).to.equal(11);
    expect(desk.log.messages('error')).to.deep.equal(['events of a call are lost']);
    desk.fault = null;
    await desk.clock.run(200);
    expect(desk.sequences()).to.have.lengthOf(EVENTS_WAITING_MAX);
  });

  it('gives what waits up when the store fails for a minute, and calls for help', async () => {
    desk.fault = AWAY;
    desk.whole();
    await desk.clock.run(70_000);
    expect(desk.metrics.value('events_lost_total', { reason: 'not-stored' })).to.equal(3);
  });

  it('does not ask again where the answer will be the same', async () => {
    await desk.repository.close();
    desk.whole();
    await desk.journal.settled();
    expect(desk.metrics.value('events_lost_total', { reason: 'not-stored' })).to.equal(3);
    await desk.clock.settle();
  });

  it('goes on where another node stopped', async () => {
    desk.enter(desk.call);
    await desk.clock.settle();
    const claimed = await desk.repository.claim(RECORD.callId, 1, 'node-2', NEVER);
    const { clock, metrics, log, repository } = desk;
    const journal = new CallJournal({ clock, metrics, log, repository, nodeName: 'node-2', ids: new SequentialIds() },
      { callId: RECORD.callId, tenantId: RECORD.tenantId, version: claimed!.version });
    journal.enter(Call.restore(claimed!.record, 1000).end('lost', 0, at));
    await journal.settled();
    expect(desk.sequences()).to.deep.equal([1, 2]);
    expect(await desk.stored()).to.equal('ended');
  });
});
