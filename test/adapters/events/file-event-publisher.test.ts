import { mkdtemp, mkdir, readdir, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CloudEvent } from '../../../src/adapters/events/cloud-event.js';
import { FileEventPublisher, type FileEventPublisherOptions } from '../../../src/adapters/events/file-event-publisher.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { eventPublisherContract } from '../../contract/event-publisher.contract.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const FILE = 'events-node-1-2026-11-20.0001.ndjson';
const signal = new AbortController().signal;

describe('FileEventPublisher', () => {
  let folder: string;
  let clock: VirtualClock;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voice-gateway-events-'));
    clock = new VirtualClock();
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const open = (deviations: Partial<FileEventPublisherOptions> = {}): Promise<FileEventPublisher> => FileEventPublisher.open({
    directory: join(folder, 'events'), nodeName: 'node-1', rotateBytes: 64 * 1024 * 1024, queueEventsMax: 100_000, clock, logger, metrics, ...deviations,
  }, signal);

  const files = async (): Promise<readonly string[]> => (await readdir(join(folder, 'events'))).sort();
  const linesOf = async (file: string): Promise<readonly CloudEvent[]> =>
    (await readFile(join(folder, 'events', file), 'utf8')).split('\n').slice(0, -1).map((line) => JSON.parse(line) as CloudEvent);
  const delivered = async (): Promise<readonly CloudEvent[]> => (await Promise.all((await files()).map(linesOf))).flat();

  eventPublisherContract(async () => ({
    publisher: await open(),
    delivered: async () => (await delivered()).map(({ id, subject, sequence, type }) => ({ id, callId: subject, sequence: Number(sequence), type })),
    dispose: () => Promise.resolve(),
  }));

  it('goes on in the file of the day after a restart', async () => {
    for (const attempt of [1, 2]) {
      const publisher = await open();
      publisher.publish(aDomainEvent({ type: 'caller.silent', attempt }));
      await publisher.close();
    }
    expect(await files()).to.deep.equal([FILE]);
    expect((await linesOf(FILE)).map((event) => event.data['attempt'])).to.deep.equal([1, 2]);
  });

  it('begins a new part after a crash that left half a line', async () => {
    await mkdir(join(folder, 'events'));
    await writeFile(join(folder, 'events', FILE), '{"specversion":"1.0","id":"half');
    const publisher = await open();
    publisher.publish(aDomainEvent());
    await publisher.close();
    expect(await files()).to.deep.equal([FILE, FILE.replace('0001', '0002')]);
    expect(await linesOf(FILE.replace('0001', '0002'))).to.have.lengthOf(1);
  });

  it('begins a new part when one is full, without losing order', async () => {
    const publisher = await open({ rotateBytes: 2000 });
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      publisher.publish(aDomainEvent({ type: 'caller.silent', attempt }));
      await publisher.flush(signal);
    }
    await publisher.close();
    expect((await files()).length).to.be.greaterThan(2);
    expect((await delivered()).map((event) => event.data['attempt'])).to.deep.equal(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('begins a new file with a new day', async () => {
    const publisher = await open();
    publisher.publish(aDomainEvent());
    await publisher.flush(signal);
    clock.advance(12 * 3_600_000);
    publisher.publish(aDomainEvent());
    await publisher.close();
    expect(await files()).to.deep.equal([FILE, 'events-node-1-2026-11-21.0001.ndjson']);
  });

  it('keeps the files of nodes that share a directory apart', async () => {
    const one = await open();
    const other = await open({ nodeName: 'node-2' });
    one.publish(aDomainEvent());
    other.publish(aDomainEvent(undefined, { node: 'node-2' }));
    await one.close();
    await other.close();
    expect((await linesOf('events-node-2-2026-11-20.0001.ndjson'))[0]?.source).to.equal('/voice-gateway/node-2');
    expect(await linesOf(FILE)).to.have.lengthOf(1);
  });

  it('does not open where it cannot write', async () => {
    await writeFile(join(folder, 'events'), 'a file, no directory');
    let thrown: unknown;
    await open().catch((error: unknown) => { thrown = error; });
    expect(thrown).to.be.instanceOf(PortError).and.to.include({ code: 'events/unwritable' });
  });

  /** Linux: a device that is always full. */
  const fillDisk = async (): Promise<void> => {
    await rm(join(folder, 'events', FILE), { force: true });
    await symlink('/dev/full', join(folder, 'events', FILE));
  };

  /** Lets the writer try until it has failed once more. */
  const untilFailed = async (times: number): Promise<void> => {
    while (metrics.value('provider_errors_total', { code: 'events/unwritable' }) < times) await clock.settle();
  };

  describe('when the disk is full', () => {
    let publisher: FileEventPublisher;

    beforeEach(async () => {
      await mkdir(join(folder, 'events'));
      await fillDisk();
      publisher = await open({ queueEventsMax: 10 });
    });

    afterEach(async () => {
      await publisher.close();
    });

    it('keeps events waiting in order, tries again with growing waits, and tells once', async () => {
      for (let attempt = 1; attempt <= 5; attempt += 1) publisher.publish(aDomainEvent({ type: 'caller.silent', attempt }));
      await untilFailed(1);
      expect(publisher.healthy).to.equal(false);
      expect(metrics.value('events_pending')).to.equal(5);
      while (clock.pending === 0) await clock.settle();
      await clock.run(250);
      await untilFailed(2);
      while (clock.pending === 0) await clock.settle();
      await clock.run(499);
      expect(clock.pending, 'the second wait is twice as long').to.equal(1);
      expect(metrics.value('provider_errors_total', { code: 'events/unwritable' })).to.equal(2);
      expect(logger.messages('error')).to.deep.equal(['events cannot be written: they wait in memory']);

      await unlink(join(folder, 'events', FILE));
      await publisher.flush(signal);
      expect((await linesOf(FILE)).map((event) => event.data['attempt'])).to.deep.equal([1, 2, 3, 4, 5]);
      expect(publisher.healthy).to.equal(true);
      expect(metrics.value('events_pending')).to.equal(0);
      expect(logger.messages('info')).to.deep.equal(['events are written again']);
    });

    it('drops the newest past its bound, counts them and tells once', async () => {
      for (let attempt = 1; attempt <= 15; attempt += 1) publisher.publish(aDomainEvent({ type: 'caller.silent', attempt }));
      expect(metrics.value('provider_errors_total', { code: 'events/overflow' })).to.equal(5);
      expect(logger.messages('error').filter((message) => message.includes('full'))).to.have.lengthOf(1);
      await untilFailed(1);
      await unlink(join(folder, 'events', FILE));
      await publisher.flush(signal);
      expect((await linesOf(FILE)).map((event) => event.data['attempt'])).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('rejects a flush whose time is up, and keeps the events', async () => {
      publisher.publish(aDomainEvent());
      const patience = new AbortController();
      const flushed = publisher.flush(patience.signal).then(() => null, (error: unknown) => error as PortError);
      await untilFailed(1);
      patience.abort();
      expect((await flushed)?.code).to.equal('events/timeout');
      expect(metrics.value('events_pending')).to.equal(1);
      await unlink(join(folder, 'events', FILE));
    });

    it('gives up after five seconds when it is closed, and says what is lost', async () => {
      publisher.publish(aDomainEvent());
      await untilFailed(1);
      const closed = publisher.close();
      await clock.run(5000);
      await closed;
      expect(logger.lines.at(-1)).to.deep.include({ message: 'events could not be written before the end', fields: { events: 1 } });
      expect(clock.pending).to.equal(0);
    });
  });

  it('goes on in a new file when the old one was taken away', async () => {
    const publisher = await open({ rotateBytes: 4096 });
    publisher.publish(aDomainEvent({ type: 'caller.silent', attempt: 1 }));
    await publisher.flush(signal);
    await rm(join(folder, 'events'), { recursive: true });
    clock.advance(24 * 3_600_000);
    publisher.publish(aDomainEvent({ type: 'caller.silent', attempt: 2 }));
    await publisher.close();
    expect((await delivered()).map((event) => event.data['attempt'])).to.deep.equal([2]);
  });
});
