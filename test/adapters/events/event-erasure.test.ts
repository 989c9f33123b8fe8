import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cloudEventOf } from '../../../src/adapters/events/cloud-event.js';
import { EventErasure } from '../../../src/adapters/events/event-erasure.js';
import { EventLog } from '../../../src/adapters/events/event-log.js';
import { EventLogFiles, type Place } from '../../../src/adapters/events/event-log-files.js';
import { FileEventPublisher, type FileEventPublisherOptions } from '../../../src/adapters/events/file-event-publisher.js';
import { isPortError } from '../../../src/application/ports/port-error.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';
import { type CallId, callId, tenantId } from '../../../src/domain/shared/ids.js';
import { publishedEventsContract, started } from '../../contract/published-events.contract.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { silentMetrics } from '../../support/fakes/silent-metrics.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const BANK = tenantId('north-bank');
const NUMBER = '+4930777001';
const DAY = '2026-11-20';
const { signal } = new AbortController();
const call = (of: number): CallId => callId(`01JCCALL${String(of).padStart(18, '0')}`);
const lineOf = (event: DomainEvent): string => `${JSON.stringify(cloudEventOf(event))}\n`;
const said = (of: number, attempt: number): DomainEvent => aDomainEvent({ type: 'caller.silent', attempt }, { callId: call(of) });
const began = (of: number, number: string): DomainEvent => aDomainEvent(started(number), { callId: call(of) });

describe('The erasure of events on the disk', () => {
  let folder: string;
  const clock = new VirtualClock();

  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'voice-gateway-event-erasure-')); });
  afterEach(() => rm(folder, { recursive: true }));

  const openPublisher = (deviations: Partial<FileEventPublisherOptions> = {}): Promise<FileEventPublisher> => FileEventPublisher.open({
    directory: folder, nodeName: 'node-1', rotateBytes: 64 * 1024 * 1024, queueEventsMax: 100_000, clock, logger: silentLogger, metrics: silentMetrics, ...deviations,
  }, signal);
  const files = async (): Promise<readonly string[]> => (await readdir(folder)).sort();
  const part = (at: number, node = 'node-1', day = DAY): string => join(folder, `events-${node}-${day}.${String(at).padStart(4, '0')}.ndjson`);
  const content = async (node = 'node-1'): Promise<string> => (await Promise.all((await files()).filter((name) => name.startsWith(`events-${node}-2`)).map((name) => readFile(join(folder, name), 'utf8')))).join('');
  const erasureOf = (log: EventLog): EventErasure => new EventErasure({ log, files: new EventLogFiles(folder, 'node-1'), flush: () => Promise.resolve() });
  const forget = async (published: { readonly callsOf: EventErasure['callsOf']; readonly erase: EventErasure['erase'] }, number = NUMBER): Promise<number> =>
    published.erase(BANK, new Set(await published.callsOf(BANK, number, signal)), signal);

  publishedEventsContract(async () => {
    const publisher = await openPublisher();
    return {
      published: publisher.published, publish: (event) => { publisher.publish(event); },
      kept: async () => {
        await publisher.flush(signal);
        return (await content()).split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { id: string }).id);
      },
      dispose: () => publisher.close(),
    };
  });

  it('leaves the number in no file, and the lines of others byte for byte as they were, over several days and parts', async () => {
    const others: string[] = [];
    for (const day of ['2026-11-18', '2026-11-19', DAY]) {
      for (const at of [1, 2, 3]) {
        const lines = Array.from({ length: 40 }, (_, turn) => {
          const of = (turn % 4) + 4 * at;
          const theirs = of % 4 === 0;
          const event = turn < 4 ? began(of, theirs ? NUMBER : `+49307770${10 + turn}`) : said(of, turn);
          // As another version, or another hand, would write it: no two programs write JSON alike.
          const line = turn % 5 === 0 ? lineOf(event).replace('{"specversion"', '{ "extra": "ü", "specversion"') : lineOf(event);
          if (!theirs) others.push(line);
          return line;
        });
        await writeFile(part(at, 'node-1', day), lines.join(''));
      }
    }
    const publisher = await openPublisher();
    expect(await forget(publisher.published)).to.equal(90);
    await publisher.close();
    expect(await content()).to.equal(others.join(''));
    expect(await content()).not.to.contain('777001');
    expect((await files()).filter((name) => !name.endsWith('.ndjson'))).to.deep.equal([]);
  });

  it('loses nothing of what is published while it erases, and keeps the order', async () => {
    const publisher = await openPublisher({ rotateBytes: 20_000 });
    const kept: string[] = [];
    let next = 0;
    const publishOne = async (): Promise<void> => {
      const event = said(1000 + (next % 7), next);
      next += 1;
      kept.push(lineOf(event));
      publisher.publish(event);
      await new Promise((resolve) => { setImmediate(resolve); });
    };
    let events = 0;
    for (let round = 0; round < 5; round += 1) {
      for (let attempt = 0; attempt < 50; attempt += 1) publisher.publish(attempt === 0 ? began(round, NUMBER) : said(round, attempt));
      const under = { way: true };
      const done = forget(publisher.published).finally(() => { under.way = false; });
      for (let most = 1000; under.way && most > 0; most -= 1) await publishOne();
      events += await done;
    }
    await publisher.close();
    expect(events).to.equal(250);
    expect(await content()).to.equal(kept.join(''));
    expect((await files()).length).to.be.greaterThan(5);
  });

  it('touches the files of its own node only, where nodes share a directory', async () => {
    const names = [part(1, 'node-1'), part(1, 'node-2'), part(1, 'node-1-b'), join(folder, `events-node-1-${DAY}.0001.ndjson.gz`)];
    for (const name of names) await writeFile(name, lineOf(began(1, NUMBER)));
    const publisher = await openPublisher();
    expect(await forget(publisher.published)).to.equal(1);
    await publisher.close();
    expect(await Promise.all(names.map((name) => readFile(name, 'utf8')))).to.deep.equal(['', ...await Promise.all(names.slice(1).map((name) => readFile(name, 'utf8')))]);
    for (const name of names.slice(1)) expect(await readFile(name, 'utf8')).to.contain(NUMBER);
  });

  it('writes no part anew that holds nothing of the person, and begins none when there is nothing at all', async () => {
    await writeFile(part(1), lineOf(began(1, '+4930777002')));
    await writeFile(part(2), lineOf(began(2, NUMBER)));
    const before = await stat(part(1));
    const publisher = await openPublisher();
    expect(await forget(publisher.published, '+4930777009')).to.equal(0);
    expect(await files()).to.have.lengthOf(2);
    expect(await forget(publisher.published)).to.equal(1);
    expect((await stat(part(1))).ino).to.equal(before.ino);
    publisher.publish(said(3, 1));
    await publisher.close();
    expect(await files(), 'the part that was written to is complete').to.deep.equal([1, 2, 3].map((at) => `events-node-1-${DAY}.000${at}.ndjson`));
  });

  it('keeps the time of a file, by which old ones are removed', async () => {
    await writeFile(part(1, 'node-1', '2026-11-01'), lineOf(began(1, NUMBER)) + lineOf(began(2, '+4930777002')));
    const then = new Date('2026-11-01T12:00:00Z');
    await utimes(part(1, 'node-1', '2026-11-01'), then, then);
    const publisher = await openPublisher();
    expect(await forget(publisher.published)).to.equal(1);
    await publisher.close();
    expect((await stat(part(1, 'node-1', '2026-11-01'))).mtime.toISOString()).to.equal(then.toISOString());
  });

  it('leaves a line that a crash has torn as it is, unless it is of the person', async () => {
    const [theirs, other] = [lineOf(began(1, NUMBER)), lineOf(began(2, '+4930777002'))];
    const tornOf = (line: string): string => line.slice(0, line.indexOf('"agentId"'));
    await writeFile(part(1), other + tornOf(theirs));
    await writeFile(part(2), theirs + tornOf(other));
    const publisher = await openPublisher();
    expect(await forget(publisher.published)).to.equal(2);
    await publisher.close();
    expect([await readFile(part(1), 'utf8'), await readFile(part(2), 'utf8')]).to.deep.equal([other, tornOf(other)]);
  });

  it('leaves a whole part and finds the rest again when it is given up in the middle: the beginning of a call goes last', async () => {
    await writeFile(part(1), lineOf(began(1, NUMBER)) + lineOf(said(1, 1)));
    await writeFile(part(2), lineOf(said(1, 2)));
    await writeFile(part(3), lineOf(said(1, 3)));
    const before = await readFile(part(1), 'utf8');
    /** The disk takes no more when it comes to the first part. */
    class FullForTheFirst extends EventLogFiles {
      override unfinishedPathOf(place: Place): string {
        return place.part === 1 ? join(folder, 'missing', 'file') : super.unfinishedPathOf(place);
      }
    }
    const log = new EventLog({ directory: folder, nodeName: 'node-1', rotateBytes: 1_000_000 });
    const failing = new EventErasure({ log, files: new FullForTheFirst(folder, 'node-1'), flush: () => Promise.resolve() });
    const failure: unknown = await forget(failing).then(() => null, (error: unknown) => error);
    expect(isPortError(failure) && failure.code).to.equal('events/unwritable');
    expect(await content()).to.equal(before);
    expect(await forget(erasureOf(log))).to.equal(2);
    expect(await content()).to.equal('');
    await log.close();
  });

  it('removes what a crash has left of a part that was written anew', async () => {
    await writeFile(part(1), lineOf(began(1, NUMBER)));
    await writeFile(`${part(1)}.new`, lineOf(began(2, '+4930777002')).slice(0, 50));
    const publisher = await openPublisher();
    expect(await forget(publisher.published)).to.equal(1);
    await publisher.close();
    expect(await files()).to.deep.equal([`events-node-1-${DAY}.0001.ndjson`]);
  });

  it('finds lines wherever they are cut for reading, also very long ones', async () => {
    const longOf = (more: number): string => lineOf(said(2, 1)).replace('"data":{', `"data":{"note":"${'x'.repeat(more)}",`);
    const long = longOf(4 * 1024 * 1024 + 1 - Buffer.byteLength(longOf(0))); // as it is read, more than is waited for, and the beginning of the next line
    const isTheirs = (at: number): boolean => at % 3 === 0 || at > 1500; // behind the long one every line that a read may cut
    const lines = Array.from({ length: 3000 }, (_, at) => (at === 1500 ? long : lineOf(isTheirs(at) ? said(1, at) : said(2, at))));
    await writeFile(part(1), [lineOf(began(1, NUMBER)), ...lines].join(''));
    const publisher = await openPublisher();
    expect(await forget(publisher.published)).to.equal(2000);
    await publisher.close();
    expect(await content()).to.equal(lines.filter((line) => !line.includes(call(1))).join(''));
  });

  it('does not go back to a part that is being written anew, though the clock does', async () => {
    await writeFile(part(1, 'node-1', '2026-11-21'), lineOf(said(2, 1)));
    const log = new EventLog({ directory: folder, nodeName: 'node-1', rotateBytes: 1_000_000 });
    await log.append(Buffer.from('a\n'), DAY);
    await log.completeParts();
    await log.append(Buffer.from('b\n'), '2026-11-21');
    await log.append(Buffer.from('c\n'), DAY);
    await log.close();
    expect(await files()).to.deep.equal([`events-node-1-${DAY}.0001.ndjson`, `events-node-1-${DAY}.0002.ndjson`, 'events-node-1-2026-11-21.0001.ndjson', 'events-node-1-2026-11-21.0002.ndjson']);
  });

  it('is cut off by the end of the publisher', async () => {
    await writeFile(part(1), lineOf(began(1, NUMBER)));
    const publisher = await openPublisher();
    const erasing = forget(publisher.published).then(() => null, (error: unknown) => error);
    await publisher.close();
    const failure = await erasing;
    expect(isPortError(failure) && failure.code).to.equal('events/timeout');
  });

  it('does not lose what another process of this name writes to a part that was replaced', async () => {
    const [old, fresh] = [1, 2].map(() => new EventLog({ directory: folder, nodeName: 'node-1', rotateBytes: 1_000_000 })) as [EventLog, EventLog];
    await old.append(Buffer.from(lineOf(began(1, NUMBER))), DAY);
    expect(await forget(erasureOf(fresh))).to.equal(1);
    await old.append(Buffer.from(lineOf(said(2, 1))), DAY);
    expect(await content()).to.contain(call(2));
    await old.close();
    await fresh.close();
  });
});
