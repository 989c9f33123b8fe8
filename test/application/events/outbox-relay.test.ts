import { expect } from 'chai';
import { OutboxRelay } from '../../../src/application/events/outbox-relay.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { MemoryOutbox } from '../../support/fakes/memory-outbox.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { StallingEventPublisher } from '../../support/fakes/stalling-event-publisher.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('OutboxRelay', () => {
  let clock: VirtualClock;
  let outbox: MemoryOutbox;
  let publisher: StallingEventPublisher;
  let metrics: RecordingMetrics;
  let logger: RecordingLogger;
  let relay: OutboxRelay;

  const relayOf = (holder: string, to = publisher): OutboxRelay => new OutboxRelay({ outbox, publisher: to, clock, metrics, logger, holder });
  const some = (count: number): readonly DomainEvent[] => Array.from({ length: count }, () => aDomainEvent());
  const ids = (events: readonly DomainEvent[]): readonly string[] => events.map(({ id }) => id);

  beforeEach(() => {
    clock = new VirtualClock();
    outbox = new MemoryOutbox(clock);
    publisher = new StallingEventPublisher();
    metrics = new RecordingMetrics();
    logger = new RecordingLogger();
    relay = relayOf('one');
  });

  afterEach(async () => {
    publisher.away = false;
    await relay.close();
    expect(clock.pending, 'timers left').to.equal(0);
  });

  it('delivers what waits in its order, and removes it', async () => {
    const events = some(1000);
    outbox.add(...events);
    relay.start();
    await clock.run(100);
    expect(ids(publisher.delivered)).to.deep.equal(ids(events));
    expect(outbox.waiting).to.be.empty;
    expect(metrics.value('outbox_relayed_total')).to.equal(1000);
    expect(metrics.value('outbox_leader')).to.equal(1);
  });

  it('looks for new events five times a second', async () => {
    relay.start();
    await clock.run(50);
    outbox.add(...some(3));
    await clock.run(200);
    expect(publisher.delivered).to.have.lengthOf(3);
    const { reads } = outbox;
    await clock.run(10_000);
    expect(outbox.reads - reads).to.be.within(45, 52);
  });

  it('hands each event over once while delivery fails, with growing waits, and removes nothing', async () => {
    publisher.away = true;
    outbox.add(...some(500));
    relay.start();
    await clock.run(120_000);
    expect(publisher.published).to.equal(200);
    expect(outbox.waiting).to.have.lengthOf(500);
    expect(logger.messages('error')).to.deep.equal(['the outbox is not relayed: its events wait']);
    // Tries of 5 s each and waits of 0.2, 0.4 … 6.4, 10, 10 s.
    expect(metrics.value('provider_errors_total', { port: 'outbox' })).to.be.within(9, 15);
    publisher.away = false;
    await clock.run(11_000);
    expect(outbox.waiting).to.be.empty;
    expect(publisher.published).to.equal(500);
    expect(logger.messages('info')).to.include('the outbox is relayed again');
  });

  it('goes on when the outbox was away, without an event lost', async () => {
    const events = some(300);
    outbox.add(...events.slice(0, 100));
    relay.start();
    await clock.run(100);
    outbox.away = true;
    await clock.run(30_000);
    outbox.away = false;
    outbox.add(...events.slice(100));
    await clock.run(11_000);
    expect(ids(publisher.delivered)).to.deep.equal(ids(events));
    expect(outbox.waiting).to.be.empty;
  });

  it('does not show as the leader while it cannot ask for the lead, or does not deliver', async () => {
    for (const fault of ['outbox', 'publisher'] as const) {
      const away = (is: boolean): void => { if (fault === 'outbox') outbox.away = is; else publisher.away = is; };
      relay.start();
      await clock.run(100);
      expect(metrics.value('outbox_leader')).to.equal(1);
      away(true);
      outbox.add(...some(1));
      await clock.run(8000);
      expect(metrics.value('outbox_leader'), fault).to.equal(0);
      away(false);
      await clock.run(15_000);
      expect(metrics.value('outbox_leader'), fault).to.equal(1);
    }
  });

  it('removes what was delivered while the outbox was away instead of delivering it again', async () => {
    publisher.away = true;
    outbox.add(...some(10));
    relay.start();
    await clock.run(1000);
    outbox.away = true;
    publisher.away = false;
    await clock.run(10_000);
    outbox.away = false;
    await clock.run(11_000);
    expect(outbox.waiting).to.be.empty;
    expect(publisher.published).to.equal(10);
  });

  describe('with another relay', () => {
    let otherPublisher: StallingEventPublisher;
    let other: OutboxRelay;

    beforeEach(() => {
      otherPublisher = new StallingEventPublisher();
      other = relayOf('other', otherPublisher);
    });

    afterEach(() => other.close());

    it('only one delivers', async () => {
      relay.start();
      await clock.run(10);
      other.start();
      outbox.add(...some(50));
      await clock.run(60_000);
      expect(publisher.delivered).to.have.lengthOf(50);
      expect(otherPublisher.published).to.equal(0);
    });

    it('the other follows at its next question when the leader closes', async () => {
      relay.start();
      await clock.run(10);
      other.start();
      await clock.run(10);
      await relay.close();
      expect(outbox.holder).to.equal(null);
      outbox.add(...some(5));
      await clock.run(5500);
      expect(otherPublisher.delivered).to.have.lengthOf(5);
    });

    it('the other follows when the leader cannot deliver, and order holds for who drops repetitions', async () => {
      const events = some(600);
      outbox.add(...events);
      publisher.away = true;
      relay.start();
      await clock.run(10);
      other.start();
      await clock.run(30_000);
      expect(ids(otherPublisher.delivered)).to.deep.equal(ids(events));
      expect(outbox.waiting).to.be.empty;
      publisher.away = false;
      await clock.run(30_000);
      expect(ids(publisher.delivered)).to.deep.equal(ids(events.slice(0, 200)));
      expect(metrics.value('outbox_relayed_total')).to.equal(800);
    });

    it('the other follows when the leader was stopped, which notices when it goes on', async () => {
      relay.start();
      await clock.run(10);
      await outbox.resign('one', new AbortController().signal); // as if its lease had run out
      await outbox.lead('other', 60_000, new AbortController().signal);
      outbox.add(...some(5));
      await clock.run(1000);
      expect(publisher.published).to.equal(0);
      expect(logger.messages('info')).to.include('this node relays the outbox no more');
      expect(logger.messages('error')).to.be.empty;
    });
  });

  it('carries on what came since its last look when it is closed', async () => {
    relay.start();
    await clock.run(50);
    const events = some(450);
    outbox.add(...events);
    await relay.close();
    expect(ids(publisher.delivered)).to.deep.equal(ids(events));
    expect(outbox.waiting).to.be.empty;
  });

  it('leaves what came since to the others when it does not lead, or the outbox is away', async () => {
    const other = relayOf('other');
    other.start();
    await clock.run(10);
    relay.start();
    await clock.run(10);
    outbox.add(...some(3));
    await relay.close();
    expect(publisher.published).to.equal(0);
    outbox.away = true;
    const closed = other.close();
    await clock.run(6000);
    await closed;
    expect(outbox.waiting).to.have.lengthOf(3);
    expect(logger.messages('warn')).to.deep.equal(['the lead of the relay was not given up: it ends by itself']);
  });

  it('leaves unconfirmed events for the next leader when it is closed', async () => {
    publisher.away = true;
    outbox.add(...some(10));
    relay.start();
    await clock.run(10);
    const closed = relay.close();
    await clock.run(6000);
    await closed;
    expect(outbox.waiting).to.have.lengthOf(10);
    expect(outbox.holder).to.equal(null);
    expect(logger.messages('warn')).to.deep.equal(['relayed events were not confirmed before the end: the next leader repeats them']);
  });

  it('measures the depth, and raises the alarm once when it grows', async () => {
    publisher.away = true;
    const [event] = some(1);
    outbox.add(...Array.from({ length: 100_001 }, () => event!));
    relay.start();
    await clock.run(60_000);
    expect(metrics.value('outbox_depth')).to.equal(100_001);
    expect(logger.messages('error').filter((message) => message.includes('grows'))).to.have.lengthOf(1);
  });
});
