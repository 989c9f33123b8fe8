import { expect } from 'chai';
import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import { CallJournal } from '../../../src/application/calls/call-journal.js';
import type { CallRepository } from '../../../src/application/ports/call-repository.js';
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

class Desk {
  readonly clock = new VirtualClock();
  readonly publisher = new MemoryEventPublisher();
  readonly metrics = new RecordingMetrics();
  readonly log = new RecordingLogger();
  readonly repository = new MemoryCallRepository({ clock: this.clock });
  /** States that were written, in order. */
  readonly written: string[] = [];
  /** What the next writes do instead of writing. `ghost`: writes, but never answers. */
  readonly faults: (PortError | 'hang' | 'ghost')[] = [];
  call = Call.start(RECORD, { wall: RECORD.startedAt, ms: 1000 });
  readonly journal: CallJournal;

  constructor() {
    const save = this.repository.save.bind(this.repository);
    const faulty = this.repository as Pick<CallRepository, 'save'>;
    faulty.save = async (record, version, signal) => {
      const fault = this.faults.shift();
      if (fault instanceof PortError) throw fault;
      if (fault === 'hang') return new Promise(() => undefined);
      const saved = await save(record, version, signal);
      this.written.push(record.state);
      return fault === 'ghost' ? new Promise(() => undefined) : saved;
    };
    this.journal = new CallJournal({ ...this.ports(), ids: new SequentialIds() }, RECORD.callId, RECORD.tenantId);
  }

  private ports(): Omit<ConstructorParameters<typeof CallJournal>[0], 'ids'> {
    const { clock, publisher, metrics, log, repository } = this;
    return { clock, publisher, metrics, log, repository, nodeName: 'node-1' };
  }

  enter(change: CallChange | CallRefusal): void {
    this.journal.enter(change);
    if (!isRefusal(change)) this.call = change;
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
}

describe('CallJournal', () => {
  let desk: Desk;
  beforeEach(() => { desk = new Desk(); });
  afterEach(() => { expect(desk.clock.pending, 'timers left').to.equal(0); });

  it('numbers the events of a call from 1 without gaps, in the order in which they happened', async () => {
    desk.whole();
    desk.journal.publish({ type: 'dtmf.received' });
    expect(desk.publisher.types()).to.deep.equal(['call.started', 'call.answered', 'call.ended', 'dtmf.received']);
    expect(desk.publisher.events.map((event) => event.sequence)).to.deep.equal([1, 2, 3, 4]);
    expect(new Set(desk.publisher.events.map((event) => event.id)).size).to.equal(4);
    expect(desk.publisher.events[0]).to.include({ callId: RECORD.callId, tenantId: RECORD.tenantId, atMs: 1000, occurredAt: '2026-11-20T12:00:00.000Z' });
    await desk.journal.settled();
  });

  it('does not wait for the store: a transition is in force at once', async () => {
    desk.faults.push('hang');
    const call = desk.journal.enter(desk.call);
    expect(call).to.equal(desk.call.call);
    expect(desk.publisher.types()).to.deep.equal(['call.started']);
    await desk.clock.run(2000);
  });

  it('writes the newest state; those that were overtaken are skipped', async () => {
    desk.whole();
    await desk.journal.settled();
    expect(desk.written).to.deep.equal(['ended']);
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

  it('goes on without the store, tells operators, and writes the next state when it is back', async () => {
    const away = new PortError('away', { code: 'call-repository/unavailable', kind: 'unavailable' });
    desk.faults.push(away, away);
    desk.enter(desk.call);
    await desk.clock.settle();
    expect(desk.metrics.value('provider_errors_total', { port: 'call-repository', code: 'call-repository/unavailable' })).to.equal(2);
    desk.enter(desk.call.call.answer(at));
    await desk.journal.settled();
    expect(await desk.stored()).to.equal('answered');
  });

  it('gives up a write that takes longer than a second, and does not wait for it at the end of the call', async () => {
    desk.faults.push('hang', 'hang');
    desk.enter(desk.call);
    let settled = false;
    void desk.journal.settled().then(() => { settled = true; });
    await desk.clock.run(1999);
    expect(settled).to.equal(false);
    await desk.clock.run(1);
    expect(settled).to.equal(true);
    expect(desk.metrics.value('provider_errors_total', { code: 'call-repository/timeout' })).to.equal(2);
  });

  it('writes the end of a call at the second attempt: nothing comes after it', async () => {
    desk.enter(desk.call);
    await desk.clock.settle();
    desk.faults.push('hang');
    desk.enter(desk.call.call.end('caller_hangup', 0, at));
    await desk.clock.run(1100);
    expect(await desk.stored()).to.equal('ended');
  });

  it('finds its way back when a write that was given up had happened all the same', async () => {
    desk.faults.push('ghost');
    desk.enter(desk.call);
    await desk.clock.run(1000);
    desk.enter(desk.call.call.answer(at));
    await desk.clock.settle();
    desk.enter(desk.call.call.end('caller_hangup', 0, at));
    await desk.journal.settled();
    expect(await desk.stored()).to.equal('ended');
  });

  it('does not write over the state of a node that has taken the call over', async () => {
    desk.enter(desk.call);
    await desk.clock.settle();
    await desk.repository.save({ ...RECORD, state: 'active', ownerNode: 'node-2', fence: 2 }, 1, NEVER);
    desk.enter(desk.call.call.end('caller_hangup', 0, at));
    await desk.journal.settled();
    expect((await desk.repository.find(RECORD.callId, NEVER))?.record).to.include({ state: 'active', ownerNode: 'node-2' });
  });
});
