import { expect } from 'chai';
import { MemoryCallRepository } from '../../../../src/adapters/state/memory/memory-call-repository.js';
import { RefugeCallRepository } from '../../../../src/adapters/state/refuge/refuge-call-repository.js';
import { WaitingEvents } from '../../../../src/adapters/state/refuge/waiting-events.js';
import { PortError } from '../../../../src/application/ports/port-error.js';
import type { CallRecord } from '../../../../src/domain/call/call.js';
import { callId } from '../../../../src/domain/shared/ids.js';
import { callRepositoryContract } from '../../../contract/call-repository.contract.js';
import { aCallRecord } from '../../../support/builders/a-call.js';
import { aDomainEvent } from '../../../support/builders/a-domain-event.js';
import { MemoryEventPublisher } from '../../../support/fakes/memory-event-publisher.js';
import { MemoryLineSpool } from '../../../support/fakes/memory-line-spool.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { FragileRepository } from './fragile-repository.js';

const PATIENCE_MS = 300_000;

class House {
  readonly clock = new VirtualClock();
  readonly outbox = new MemoryEventPublisher();
  readonly publisher = new MemoryEventPublisher();
  readonly metrics = new RecordingMetrics();
  readonly logger = new RecordingLogger();
  readonly shared = new FragileRepository({ clock: this.clock, publisher: this.outbox });
  readonly signal = new AbortController().signal;
  refuge: RefugeCallRepository;
  private readonly versions = new Map<string, number>();

  constructor(readonly spool = new MemoryLineSpool(), private readonly memoryEventsMax = 1000) {
    this.refuge = this.open();
  }

  open(): RefugeCallRepository {
    const { clock, logger, metrics, publisher, shared, spool, memoryEventsMax } = this;
    this.refuge = new RefugeCallRepository({
      shared, probe: shared.probe, publisher, clock, logger, metrics, patienceMs: PATIENCE_MS,
      twin: new MemoryCallRepository({ clock, publisher: null, endedMax: 1000 }),
      waiting: new WaitingEvents({ spool, memoryEventsMax, logger, metrics }),
    });
    return this.refuge;
  }

  /** The next step of a call, with one event. */
  async step(call: string, sequence: number, deviations: Partial<CallRecord> = {}): Promise<void> {
    const id = callId(call);
    const record = aCallRecord({ callId: id, lastSequence: sequence, ...deviations });
    const events = [aDomainEvent({ type: 'dtmf.received' }, { callId: id, sequence })];
    this.versions.set(call, await this.refuge.save({ record, events }, this.versions.get(call) ?? 0, this.signal).catch(async () => {
      const stored = await this.refuge.find(id, this.signal); // as the journal does after a conflict
      return this.refuge.save({ record, events: events.filter((event) => event.sequence > (stored?.record.lastSequence ?? 0)) }, stored?.version ?? 0, this.signal);
    }));
  }

  told(call: string, publisher = this.outbox): readonly number[] {
    return publisher.events.filter((event) => event.callId === call).map((event) => event.sequence);
  }

  async back(): Promise<void> {
    this.shared.away = false;
    await this.clock.run(1000);
  }

  /** An hour whose every second was looked at would take real ones. */
  async leap(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.clock.settle();
  }

  async close(): Promise<void> {
    await this.refuge.close();
    expect(this.clock.pending, 'timers left').to.equal(0);
  }
}

describe('RefugeCallRepository', () => {
  let house: House;
  beforeEach(() => { house = new House(); });
  afterEach(async () => { await house.close(); });

  describe('with shared state at hand', () => {
    callRepositoryContract(() => {
      const { refuge: repository, outbox } = house;
      return Promise.resolve({ repository, pass: (ms) => house.leap(ms), told: () => Promise.resolve(outbox.events) });
    });
  });

  describe('with shared state away', () => {
    callRepositoryContract(() => {
      const { refuge: repository, shared, outbox } = house;
      shared.away = true;
      // What is told can be looked at only when it has been brought there.
      return Promise.resolve({ repository, pass: (ms) => house.leap(ms), told: async () => { await house.back(); return outbox.events; } });
    });
  });

  it('goes on in memory, asks shared state no more, and brings all there in order when it is back', async () => {
    await house.step('a', 1);
    house.shared.away = true;
    await house.step('a', 2);
    const { asked } = house.shared;
    for (let sequence = 3; sequence <= 20; sequence += 1) await house.step('a', sequence);
    await house.step('b', 1);
    expect(house.shared.asked, 'nobody waits for what is known to be away').to.equal(asked);
    expect(house.metrics.value('state_refuge_active')).to.equal(1);
    expect(house.metrics.value('state_refuge_events')).to.equal(20);
    await house.back();
    expect(house.told('a')).to.deep.equal(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(house.told('b')).to.deep.equal([1]);
    expect((await house.shared.find(callId('a'), house.signal))?.record.lastSequence).to.equal(20);
    expect(house.metrics.value('state_refuge_active')).to.equal(0);
    expect(house.refuge.active).to.equal(false);
    await house.step('a', 21);
    expect(house.told('a').at(-1)).to.equal(21);
  });

  it('tells nothing twice when the write that got no answer had happened', async () => {
    await house.step('a', 1);
    house.shared.ghosts = 1;
    await house.step('a', 2);
    await house.step('a', 3);
    await house.back();
    expect(house.told('a')).to.deep.equal([1, 2, 3]);
  });

  it('keeps a call that began and ended meanwhile', async () => {
    house.shared.away = true;
    await house.step('a', 1);
    await house.step('a', 2, { state: 'ended', endReason: 'caller_hangup' });
    await house.back();
    expect((await house.shared.find(callId('a'), house.signal))?.record).to.include({ state: 'ended', lastSequence: 2 });
    expect(house.told('a')).to.deep.equal([1, 2]);
  });

  it('leaves a call to the node that has taken it over meanwhile, and still tells what happened here', async () => {
    await house.step('a', 1);
    house.shared.away = true;
    await house.step('a', 2);
    await house.shared.claim(callId('a'), 1, 'node-2', house.signal);
    await house.back();
    expect((await house.shared.find(callId('a'), house.signal))?.record).to.include({ ownerNode: 'node-2', fence: 2, lastSequence: 1 });
    expect(house.told('a')).to.deep.equal([1, 2]);
  });

  it('lists the calls of this node while shared state is away or not up to date', async () => {
    await house.step('a', 1);
    await house.step('b', 1);
    house.shared.away = true;
    await house.step('b', 2, { state: 'ended' });
    expect(house.refuge.away, 'of other calls nothing is known').to.equal(true);
    expect((await house.refuge.findLive({}, 10, house.signal)).map(({ record }) => record.callId)).to.deep.equal(['a']);
    await house.back();
    expect(house.refuge.away).to.equal(false);
    expect((await house.refuge.findLive({}, 10, house.signal)).map(({ record }) => record.callId)).to.deep.equal(['a']);
  });

  it('puts what is too much for memory on the disk, and loses neither it nor the order', async () => {
    house = new House(new MemoryLineSpool(), 10);
    house.shared.away = true;
    for (let sequence = 1; sequence <= 100; sequence += 1) await house.step('a', sequence);
    expect(house.spool.pending).to.be.greaterThan(80);
    await house.back();
    expect(house.told('a')).to.deep.equal(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(house.spool.pending).to.equal(0);
  });

  it('keeps to its bound when the disk is full too, and calls for help', async () => {
    house = new House(new MemoryLineSpool(), 10);
    house.spool.full = true;
    house.shared.away = true;
    for (let sequence = 1; sequence <= 100; sequence += 1) await house.step('a', sequence);
    expect(house.metrics.value('state_refuge_events')).to.equal(20);
    expect(house.metrics.value('events_lost_total', { reason: 'overflow' })).to.equal(80);
    await house.back();
    expect(house.told('a')).to.deep.equal(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('leaves what waits to the next process, which brings it there first', async () => {
    await house.step('a', 1);
    house.shared.away = true;
    for (let sequence = 2; sequence <= 5; sequence += 1) await house.step('a', sequence);
    const closing = house.refuge.close();
    await house.clock.run(6000);
    await closing;
    expect(house.spool.pending).to.equal(4);
    house = new House(house.spool);
    await house.back();
    expect(house.told('a')).to.deep.equal([2, 3, 4, 5]);
    expect(house.spool.pending).to.equal(0);
  });

  it('lets events go out past shared state after five minutes, in order, and brings the states when it is back', async () => {
    await house.step('a', 1);
    house.shared.away = true;
    await house.step('a', 2);
    await house.step('a', 3);
    await house.clock.run(PATIENCE_MS - 1000);
    expect(house.told('a', house.publisher)).to.deep.equal([]);
    await house.clock.run(2000);
    expect(house.told('a', house.publisher)).to.deep.equal([2, 3]);
    await house.step('a', 4);
    await house.clock.run(1000);
    expect(house.told('a', house.publisher)).to.deep.equal([2, 3, 4]);
    await house.back();
    expect(house.told('a')).to.deep.equal([1]);
    expect((await house.shared.find(callId('a'), house.signal))?.record.lastSequence).to.equal(4);
  });

  it('hands events to a publisher that is away itself once, not again and again', async () => {
    house.publisher.flush = () => Promise.reject(new Error('away'));
    house.shared.away = true;
    await house.step('a', 1);
    await house.clock.run(PATIENCE_MS + 60_000);
    expect(house.told('a', house.publisher)).to.deep.equal([1]);
    await house.back();
    expect(house.told('a')).to.deep.equal([1]);
  });

  it('says once when what waits on the disk cannot be read, and goes on when it can', async () => {
    house = new House(new MemoryLineSpool(), 2);
    house.shared.away = true;
    for (let sequence = 1; sequence <= 5; sequence += 1) await house.step('a', sequence);
    house.spool.unreadable = true;
    house.shared.away = false;
    await house.clock.run(5000);
    expect(house.refuge.active).to.equal(true);
    expect(house.logger.messages('error')).to.deep.equal(['what waits for shared state cannot be read: calls go on in memory']);
    house.spool.unreadable = false;
    await house.back();
    expect(house.told('a')).to.deep.equal([1, 2, 3, 4, 5]);
    expect(house.refuge.active).to.equal(false);
  });

  it('says once why shared state does not take what waits, not ten times a second', async () => {
    house.shared.away = true;
    await house.step('a', 1);
    const append = house.shared.append.bind(house.shared);
    house.shared.append = () => Promise.reject(new PortError('redis refused a script', { code: 'call-repository/failed', kind: 'protocol' }));
    house.shared.away = false;
    await house.clock.run(5000);
    expect(house.logger.messages('warn').filter((message) => message === 'shared state does not take what waits for it')).to.have.length(1);
    house.shared.append = append;
    await house.back();
    expect(house.told('a')).to.deep.equal([1]);
  });

  it('uses shared state for other calls while one still waits', async () => {
    await house.step('a', 1);
    house.shared.away = true;
    await house.step('a', 2);
    house.shared.away = false;
    await house.clock.run(250);
    await house.step('b', 1);
    expect(house.told('b')).to.deep.equal([1]);
    await house.back();
  });

  it('passes a refusal on as it is', async () => {
    await house.step('a', 1);
    const error: unknown = await house.refuge.save({ record: aCallRecord({ callId: callId('a') }), events: [] }, 7, house.signal).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'call-repository/conflict' });
    expect(house.refuge.active).to.equal(false);
  });
});
