import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { EventBacklog, type EventBacklogOptions } from '../../../src/adapters/events/event-backlog.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('EventBacklog', () => {
  let folder: string;
  let clock: VirtualClock;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voice-gateway-backlog-'));
    clock = new VirtualClock();
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const open = (deviations: Partial<EventBacklogOptions> = {}): Promise<EventBacklog> => EventBacklog.open({
    directory: folder, nodeName: 'node-1', spoolBytesMax: 1_000_000, memoryEventsMax: 20, queueEventsMax: 100, clock, logger, metrics, ...deviations,
  });

  const push = (backlog: EventBacklog, from: number, to: number): void => {
    for (let attempt = from; attempt <= to; attempt += 1) backlog.push(aDomainEvent({ type: 'caller.silent', attempt }));
  };
  const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1);

  const drain = async (backlog: EventBacklog): Promise<readonly number[]> => {
    const attempts: number[] = [];
    while (backlog.size > 0) {
      const events = await backlog.peek(7);
      for (const event of events) if (event?.body.type === 'caller.silent') attempts.push(event.body.attempt);
      await backlog.acknowledge(events.length);
    }
    return attempts;
  };

  it('stays in memory while delivery keeps up', async () => {
    const backlog = await open();
    for (let round = 0; round < 10; round += 1) {
      push(backlog, 1, 20);
      expect(await drain(backlog)).to.deep.equal(upTo(20));
    }
    expect(metrics.value('events_spool_bytes')).to.equal(0);
    await backlog.close();
  });

  it('goes to the disk past its bound, and gives everything back in order', async () => {
    const backlog = await open();
    push(backlog, 1, 15);
    for (let from = 16; from <= 300; from += 15) {
      push(backlog, from, from + 14);
      await clock.settle();
      while (backlog.size > backlog.spooled) await clock.settle();
    }
    expect(backlog.spooled).to.equal(300);
    expect(await drain(backlog)).to.deep.equal(upTo(300));
    expect(backlog.spooled).to.equal(0);
    await backlog.close();
  });

  it('loses and doubles nothing when it spills between a look and its acknowledgement', async () => {
    for (const settleFirst of [false, true]) {
      const backlog = await open();
      push(backlog, 1, 10);
      const looked = await backlog.peek(6);
      backlog.spill();
      push(backlog, 11, 12);
      if (settleFirst) while (backlog.spooled < 12) await clock.settle();
      await backlog.acknowledge(looked.length);
      expect(backlog.size).to.equal(6);
      expect(await drain(backlog)).to.deep.equal([7, 8, 9, 10, 11, 12]);
      await backlog.close();
    }
  });

  it('leaves what waits for the next process', async () => {
    const first = await open();
    push(first, 1, 10);
    expect(await first.close()).to.equal(0);
    const second = await open();
    expect(second.size).to.equal(10);
    push(second, 11, 12);
    expect(await drain(second)).to.deep.equal(upTo(12));
    await second.close();
  });

  it('skips a line that the disk has spoilt, and says so', async () => {
    const first = await open();
    push(first, 1, 2);
    await first.close();
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.ndjson'));
    await appendFile(join(folder, file!), '\0\0\0\0\n{"id":7}\n');
    const second = await open();
    expect(await drain(second)).to.deep.equal([1, 2]);
    expect(metrics.value('provider_errors_total', { code: 'events/spoilt' })).to.equal(2);
    await second.close();
  });

  it('keeps events in memory while the disk is full, tells once, and drops the newest only past its last bound', async () => {
    const backlog = await open({ spoolBytesMax: 100 });
    push(backlog, 1, 120);
    expect(metrics.value('provider_errors_total', { code: 'events/overflow' })).to.equal(20);
    await clock.settle();
    expect(logger.messages('error')).to.deep.equal(['no room for waiting events: newest events are dropped', 'the disk does not take waiting events: they stay in memory']);
    expect(await drain(backlog)).to.deep.equal(upTo(100));
    expect(await backlog.close()).to.equal(0);
  });

  it('raises the alarm when its disk space is nearly used up', async () => {
    const backlog = await open({ spoolBytesMax: 6000 });
    push(backlog, 1, 22);
    while (backlog.spooled < 22) await clock.settle();
    expect(logger.messages('error')).to.deep.equal(['the disk space for waiting events is nearly used up']);
    await drain(backlog);
    await backlog.close();
  });

  it('says how many it could keep nowhere', async () => {
    const backlog = await open({ spoolBytesMax: 100 });
    push(backlog, 1, 12);
    expect(await backlog.close()).to.equal(12);
  });
});
