import { appendFile, cp, type FileHandle, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { DiskSpool, type DiskSpoolOptions } from '../../../../src/adapters/events/spool/disk-spool.js';
import { PortError } from '../../../../src/application/ports/port-error.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const numbered = (from: number, to: number): readonly string[] => Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

describe('DiskSpool', () => {
  let folder: string;
  let clock: VirtualClock;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voice-gateway-spool-'));
    clock = new VirtualClock();
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const openSpool = (deviations: Partial<DiskSpoolOptions> = {}, openFile?: typeof open): Promise<DiskSpool> => DiskSpool.open({
    directory: folder, nodeName: 'a', bytesMax: 1_000_000, segmentBytes: 100, clock, onSyncFailed: (error) => { throw error; }, ...deviations,
  }, openFile);

  const drain = async (spool: DiskSpool): Promise<readonly string[]> => {
    const all: string[] = [];
    for (let lines = await spool.read(7); lines.length > 0; lines = await spool.read(7)) {
      all.push(...lines);
      await spool.acknowledge(lines.length);
    }
    return all;
  };

  const segments = async (): Promise<readonly string[]> => (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();

  it('gives lines back in order, over many segments, and the disk with them', async () => {
    const spool = await openSpool();
    for (let line = 1; line <= 100; line += 5) await spool.append(numbered(line, line + 4));
    expect(spool.pending).to.equal(100);
    expect((await segments()).length).to.be.greaterThan(5);
    expect(await drain(spool)).to.deep.equal(numbered(1, 100));
    expect(await segments()).to.deep.equal([]);
    expect(spool.bytes).to.equal(0);
    await spool.close();
  });

  it('keeps lines until they are acknowledged, some or all of what was read', async () => {
    const spool = await openSpool();
    await spool.append(numbered(1, 5));
    expect(await spool.read(4)).to.deep.equal(numbered(1, 4));
    await spool.acknowledge(2);
    expect(await spool.read(4)).to.deep.equal(numbered(3, 5));
    await spool.append(numbered(6, 20));
    await spool.acknowledge(10);
    expect(await drain(spool)).to.deep.equal(numbered(13, 20));
    await spool.close();
  });

  it('goes on after a restart where it was', async () => {
    const first = await openSpool();
    await first.append(numbered(1, 40));
    await first.read(10);
    await first.acknowledge(3);
    await first.close();
    const second = await openSpool();
    expect(second.pending).to.equal(37);
    await second.append(numbered(41, 45));
    expect(await drain(second)).to.deep.equal(numbered(4, 45));
    await second.close();
    const third = await openSpool();
    expect(third.pending).to.equal(0);
    await third.append(['new']);
    await third.close();
    const fourth = await openSpool();
    expect(await drain(fourth)).to.deep.equal(['new']);
    await fourth.close();
  });

  it('loses nothing by a crash, and repeats what was acknowledged within the last second', async () => {
    const spool = await openSpool();
    await spool.append(numbered(1, 30));
    await spool.read(2);
    await spool.acknowledge(2);
    clock.advance(1000);
    await spool.sync();
    await spool.acknowledge(2);
    const crashed = `${folder}-crashed`;
    await cp(folder, crashed, { recursive: true });
    await spool.close();
    const after = await openSpool({ directory: crashed });
    expect(await drain(after)).to.deep.equal(numbered(3, 30));
    await after.close();
    await rm(crashed, { recursive: true });
  });

  it('cuts off a last line that a crash has torn', async () => {
    const spool = await openSpool();
    await spool.append(numbered(1, 3));
    await spool.close();
    await appendFile(join(folder, (await segments()).at(-1)!), 'line 4 is half wri');
    const after = await openSpool();
    expect(after.pending).to.equal(3);
    await after.append(['line 4']);
    expect(await drain(after)).to.deep.equal(numbered(1, 4));
    await after.close();
  });

  it('gives everything once more when the cursor was torn', async () => {
    const spool = await openSpool();
    await spool.append(numbered(1, 5));
    await spool.read(5);
    await spool.acknowledge(2);
    await spool.close();
    await writeFile(join(folder, 'spool-a.cursor.json'), '{"segm');
    const after = await openSpool();
    expect(await drain(after)).to.deep.equal(numbered(1, 5));
    await after.close();
  });

  it('syncs once a second while there is something to sync, and not otherwise', async () => {
    const spool = await openSpool();
    expect(clock.pending).to.equal(0);
    await spool.append(['one']);
    await spool.append(['two']);
    expect(clock.pending).to.equal(1);
    clock.advance(1000);
    expect(clock.pending).to.equal(0);
    await spool.close();
  });

  it('refuses what would not fit, and takes it when there is room again', async () => {
    const spool = await openSpool({ bytesMax: 60 });
    await spool.append(numbered(1, 6));
    let thrown: unknown;
    await spool.append(numbered(7, 12)).catch((error: unknown) => { thrown = error; });
    expect(thrown).to.be.instanceOf(PortError).and.to.include({ code: 'events/spool-full' });
    expect(await drain(spool)).to.deep.equal(numbered(1, 6));
    await spool.append(numbered(7, 12));
    expect(await drain(spool)).to.deep.equal(numbered(7, 12));
    await spool.close();
  });

  it('cuts off what a failed append left, so that no line is torn or doubled', async () => {
    const failures = { left: 0 };
    const fillingDisk: typeof open = async (path, flags, mode) => {
      const handle = await open(path, flags, mode);
      const write = handle.write.bind(handle) as (data: Uint8Array, offset: number, length?: number) => ReturnType<FileHandle['write']>;
      handle.write = (async (data: Uint8Array, offset: number) => {
        if (failures.left === 0) return write(data, offset);
        if (offset === 0) return write(data, 0, 5);
        failures.left -= 1;
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      }) as never;
      return handle;
    };
    const spool = await openSpool({}, fillingDisk);
    await spool.append(numbered(1, 2));
    failures.left = 2;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      let code = '';
      await spool.append(numbered(3, 4)).catch((error: unknown) => { ({ code } = error as { code: string }); });
      expect(code).to.equal('ENOSPC');
    }
    await spool.append(numbered(3, 4));
    await spool.close();
    const after = await openSpool();
    expect(await drain(after)).to.deep.equal(numbered(1, 4));
    await after.close();
  });

  it('reads a line longer than one read', async () => {
    const spool = await openSpool({ bytesMax: 10_000_000 });
    const long = 'ä'.repeat(700_000);
    await spool.append(['before', long, 'after']);
    expect(await drain(spool)).to.deep.equal(['before', long, 'after']);
    await spool.close();
  });

  it('keeps the files of nodes that share a directory apart', async () => {
    const one = await openSpool();
    const other = await openSpool({ nodeName: 'a-1' });
    await one.append(['one']);
    await other.append(['other']);
    await one.close();
    await other.close();
    const again = await openSpool();
    expect(await drain(again)).to.deep.equal(['one']);
    await again.close();
  });

  it('is a queue, whatever is done in which order, restarts included', async () => {
    const act = fc.oneof(
      fc.record({ what: fc.constant('append' as const), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ what: fc.constant('take' as const), count: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ what: fc.constant('restart' as const), count: fc.constant(0) }),
    );
    await fc.assert(fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const directory = await mkdtemp(join(tmpdir(), 'voice-gateway-spool-'));
      let spool = await openSpool({ directory });
      const expected: string[] = [];
      let next = 1;
      for (const { what, count } of acts) {
        if (what === 'append') {
          const lines = numbered(next, next + count - 1);
          next += count;
          expected.push(...lines);
          await spool.append(lines);
        } else if (what === 'take') {
          const lines = await spool.read(count);
          expect(lines).to.deep.equal(expected.slice(0, lines.length));
          await spool.acknowledge(count); // may be more than was read
          expected.splice(0, count);
        } else {
          await spool.close();
          spool = await openSpool({ directory });
        }
        expect(spool.pending).to.equal(expected.length);
      }
      expect(await drain(spool)).to.deep.equal(expected);
      await spool.close();
      await rm(directory, { recursive: true });
    }), { numRuns: 60 });
  });
});
