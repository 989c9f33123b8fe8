import { type FileHandle, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { EventLog } from '../../../src/adapters/events/event-log.js';

const DAY = '2026-11-20';
const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('EventLog', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voice-gateway-event-log-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** A disk that takes `takes` bytes of the next write and then is full, as often as `failures` says. */
  const fillingDisk = (takes: number, failures: { left: number }): typeof open => async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const write = handle.write.bind(handle) as (data: Uint8Array, offset: number, length?: number) => ReturnType<FileHandle['write']>;
    handle.write = (async (data: Uint8Array, offset: number) => {
      if (failures.left === 0) return write(data, offset);
      if (offset === 0) return write(data, 0, takes);
      failures.left -= 1;
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }) as never;
    return handle;
  };

  it('cuts off what a failed append left, so that no line is torn or doubled', async () => {
    const failures = { left: 0 };
    const log = new EventLog({ directory: folder, nodeName: 'node-1', rotateBytes: 1000 }, fillingDisk(3, failures));
    await log.append(bytes('first\n'), DAY);
    failures.left = 2;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      let code = '';
      await log.append(bytes('second\nthird\n'), DAY).catch((error: unknown) => { ({ code } = error as { code: string }); });
      expect(code).to.equal('ENOSPC');
    }
    await log.append(bytes('second\nthird\n'), DAY);
    await log.close();
    const [file] = await readdir(folder);
    expect(await readFile(join(folder, file!), 'utf8')).to.equal('first\nsecond\nthird\n');
  });

  it('does one act at a time, in the order asked for', async () => {
    const log = new EventLog({ directory: folder, nodeName: 'node-1', rotateBytes: 12 });
    await Promise.all([...Array.from({ length: 30 }, (_, line) => log.append(bytes(`line ${line}\n`), DAY)), log.sync()]);
    await log.close();
    const text = (await Promise.all((await readdir(folder)).sort().map((file) => readFile(join(folder, file), 'utf8')))).join('');
    expect(text).to.equal(Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join(''));
  });

  it('puts an append larger than a part into a part of its own', async () => {
    const log = new EventLog({ directory: folder, nodeName: 'node-1', rotateBytes: 10 });
    await log.append(bytes('a line that is longer than that\n'), DAY);
    await log.append(bytes('short\n'), DAY);
    await log.close();
    expect(await readdir(folder)).to.have.lengthOf(2);
  });

  it('writes to no part any more that it has called complete, and has cut off what a failed append left there', async () => {
    const failures = { left: 0 };
    const log = new EventLog({ directory: folder, nodeName: 'node-1', rotateBytes: 1000 }, fillingDisk(3, failures));
    await log.append(bytes('first\n'), DAY);
    failures.left = 1;
    await log.append(bytes('second\n'), DAY).catch(() => undefined);
    expect(await log.completeParts()).to.deep.equal([{ day: DAY, part: 1 }]);
    await log.append(bytes('second\n'), DAY);
    expect(await log.completeParts()).to.deep.equal([{ day: DAY, part: 1 }, { day: DAY, part: 2 }]);
    expect(await log.completeParts(), 'one that was not begun is none').to.have.lengthOf(2);
    await log.append(bytes('third\n'), DAY);
    await log.close();
    const files = (await readdir(folder)).sort();
    expect(await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).to.deep.equal(['first\n', 'second\n', 'third\n']);
  });
});
