import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { FileRecordingRefusals } from '../../../src/adapters/recordings/file/file-recording-refusals.js';
import { FileRecordingStore } from '../../../src/adapters/recordings/file/file-recording-store.js';
import { RecordingKeys } from '../../../src/adapters/recordings/sealed/recording-keys.js';
import { codeOf } from '../../../src/application/ports/port-error.js';
import type { RecordingFilter } from '../../../src/application/ports/recording-store.js';
import { parseWav } from '../../../src/domain/audio/wav.js';
import type { Recording } from '../../../src/domain/recording/recording.js';
import { recordingRefusalsContract } from '../../contract/recording-refusals.contract.js';
import { aBeginning, CONTRACT_TENANT, recordingStoreContract, stereoSamples, wavOf } from '../../contract/recording-store.contract.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';

const { signal } = new AbortController();
const KEY = randomBytes(32).toString('base64');
const OTHER_KEY = randomBytes(32).toString('base64');

let directory: string;

async function openStore(keys: string | null, openFile?: typeof open): Promise<{ store: FileRecordingStore; recovered: readonly Recording[] }> {
  return FileRecordingStore.open({
    directory, nodeName: 'node-1', keys: keys === null ? null : new RecordingKeys(keys), logger: silentLogger, ...(openFile === undefined ? {} : { openFile }),
  }, signal);
}

async function recorded(store: FileRecordingStore, samples = stereoSamples(40_000), n = 1): Promise<Recording> {
  const writer = store.begin(aBeginning(n));
  for (let at = 0; at < samples.length; at += 1600) writer.write(samples.subarray(at, at + 1600));
  const recording = await writer.finish();
  if (recording === null) throw new Error('not kept');
  return recording;
}

async function files(): Promise<readonly string[]> {
  return (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

async function onlyFile(): Promise<string> {
  const [file, ...others] = await files();
  if (file === undefined || others.length > 0) throw new Error(`not one file: ${others.length}`);
  return file;
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(() => 'no failure', (error: unknown) => codeOf(error));
}

beforeEach(async () => { directory = await mkdtemp(path.join(os.tmpdir(), 'vg-recordings-')); });
afterEach(async () => { await rm(directory, { recursive: true, force: true }); });

describe('FileRecordingStore', () => {
  describe('with a key', () => { recordingStoreContract(async () => (await openStore(KEY)).store); });
  describe('without a key', () => { recordingStoreContract(async () => (await openStore(null)).store); });

  let opened = 0;
  const watched = ((...args: Parameters<typeof open>) => {
    if (args[1] === 'r') opened += 1;
    return open(...args);
  }) as typeof open;

  it('reads no file twice to look for a number, and still sees what other nodes have made and erased', async () => {
    const [{ store: one }, { store: other }] = await Promise.all([openStore(KEY, watched), openStore(KEY)]);
    for (const n of [1, 2, 3]) await recorded(other, stereoSamples(10), n);
    const listed = async (): Promise<readonly string[]> => (await one.list(CONTRACT_TENANT, { number: '15550100' }, { limit: 10, after: null }, signal)).recordings.map(({ recordingId }) => recordingId);
    const ids = (...ns: readonly number[]): readonly string[] => ns.map((n) => aBeginning(n).recordingId);
    opened = 0;
    expect([await listed(), opened]).to.deep.equal([ids(3, 2, 1), 3]);
    expect([await listed(), opened]).to.deep.equal([ids(3, 2, 1), 3]);
    await other.erase(CONTRACT_TENANT, aBeginning(2).recordingId);
    await recorded(other, stereoSamples(10), 4);
    expect([await listed(), opened]).to.deep.equal([ids(4, 3, 1), 4]);
    await writeFile((await files()).find((file) => file.includes(aBeginning(3).recordingId))!, 'no recording any more'); // what is read is read from the disk
    expect(await failureOf(one.find(CONTRACT_TENANT, aBeginning(3).recordingId))).to.equal('recording-store/tampered');
    opened = 0;
    expect((await one.eraseSubject(CONTRACT_TENANT, '15550100', signal)).map(({ recordingId }) => recordingId)).to.deep.equal(ids(4, 3, 1));
    expect([await files(), await listed(), opened]).to.deep.equal([[], [], 0]);
  });

  it('opens no more recordings than a page has', async () => {
    const { store } = await openStore(KEY, watched);
    for (let n = 0; n < 120; n += 1) await recorded(store, stereoSamples(10), n);
    const openedFor = async (filter: RecordingFilter, limit: number, after: string | null = null): Promise<readonly number[]> => {
      opened = 0;
      const { recordings } = await store.list(CONTRACT_TENANT, filter, { limit, after }, signal);
      return [recordings.length, opened];
    };
    expect(await openedFor({}, 10)).to.deep.equal([10, 10]);
    expect(await openedFor({}, 10, aBeginning(50).recordingId)).to.deep.equal([10, 10]);
    const [found, within] = await openedFor({ from: aBeginning(60).startedAt, to: aBeginning(62).startedAt }, 10);
    expect(found).to.equal(2);
    expect(within, 'those around the edges').to.be.at.most(24);
    expect(await openedFor({ to: '2020-01-01T00:00:00.000Z' }, 10)).to.deep.equal([0, 0]);
  });

  it('lets nobody but its user read', async () => {
    await recorded((await openStore(null)).store);
    expect((await stat(await onlyFile())).mode & 0o777).to.equal(0o600);
  });

  it('seals: no audio, no number can be found in the file', async () => {
    const samples = stereoSamples(40_000);
    await recorded((await openStore(KEY)).store, samples);
    const bytes = await readFile(await onlyFile());
    expect(parseWav(bytes)).to.deep.equal({ ok: false, fault: 'not-riff' });
    expect(bytes.includes('5550100')).to.equal(false);
    for (let at = 0; at < samples.length; at += 4000) expect(bytes.includes(Buffer.from(samples.slice(at, at + 8).buffer)), `samples from ${at}`).to.equal(false);
    expect(gzipSync(bytes).length / bytes.length, 'cannot be compressed').to.be.greaterThan(0.99);
  });

  it('reads what an older key has sealed, and seals with the newest', async () => {
    const recording = await recorded((await openStore(OTHER_KEY)).store);
    const { store } = await openStore(`${KEY},${OTHER_KEY}`);
    expect((await wavOf(store, recording)).length).to.equal(recording.audioBytes + 44);
    await store.erase(CONTRACT_TENANT, recording.recordingId);
    const newer = await recorded(store);
    expect(await failureOf((await openStore(OTHER_KEY)).store.find(CONTRACT_TENANT, newer.recordingId))).to.equal('recording-store/unreadable');
    expect((await wavOf((await openStore(KEY)).store, newer)).length).to.equal(newer.audioBytes + 44);
  });

  it('cannot be read without its key', async () => {
    const recording = await recorded((await openStore(KEY)).store);
    for (const keys of [null, OTHER_KEY]) {
      const { store } = await openStore(keys);
      expect(await failureOf(wavOf(store, recording))).to.equal('recording-store/unreadable');
      expect((await store.list(CONTRACT_TENANT, {}, { limit: 10, after: null }, signal)).recordings).to.deep.equal([]);
    }
  });

  it('refuses keys that are none', () => {
    expect(() => new RecordingKeys('c2hvcnQ=')).to.throw('key 1 has 5 bytes');
  });

  it('finds a flipped bit wherever it is', async () => {
    const { store } = await openStore(KEY);
    const recording = await recorded(store);
    const file = await onlyFile();
    const bytes = await readFile(file);
    for (const at of [0, 20, 200, 400, 40_000, 100_000, bytes.length - 20, bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await writeFile(file, flipped);
      expect(await failureOf(wavOf(store, recording)), `at ${at}`).to.match(/^recording-store\/(?:tampered|unreadable)$/u);
    }
  });

  it('finds what was cut off or swapped', async () => {
    const { store } = await openStore(KEY);
    const recording = await recorded(store);
    const file = await onlyFile();
    const bytes = await readFile(file);
    const piece = 32_768 + 16;
    const head = bytes.length - 4 * piece - (recording.audioBytes - 4 * 32_768 + 16);
    for (const length of [bytes.length - 1, bytes.length - 500, head + 4 * piece, head + 2 * piece, head, 10]) {
      await truncate(file, length);
      expect(await failureOf(wavOf(store, recording, { first: 0, last: 100 })), `cut at ${length}`).to.equal('recording-store/tampered');
      await writeFile(file, bytes);
    }
    const swapped = Buffer.concat([bytes.subarray(0, head), bytes.subarray(head + piece, head + 2 * piece), bytes.subarray(head, head + piece), bytes.subarray(head + 2 * piece)]);
    await writeFile(file, swapped);
    expect(await failureOf(wavOf(store, recording))).to.equal('recording-store/tampered');
  });

  for (const keys of [KEY, null]) {
    it(`completes what a crash has torn ${keys === null ? 'open' : 'sealed'}, up to its last whole piece`, async () => {
      const { store } = await openStore(keys);
      const samples = stereoSamples(40_000);
      const { recordingId, tenantId } = await recorded(store, samples);
      const file = await onlyFile();
      const bytes = await readFile(file);
      await rm(file);
      await writeFile(file.replace('.vgr', '.node-1.part'), bytes.subarray(0, bytes.length - 9001));
      await writeFile(file.replace('.vgr', '.node-2.part'), bytes); // another node's, perhaps still at it
      const { store: next, recovered } = await openStore(keys);
      expect(recovered.map((recording) => recording.recordingId)).to.deep.equal([recordingId]);
      const found = await next.find(tenantId, recordingId);
      expect(found!.audioBytes).to.be.within(bytes.length - 9001 - 32_768 - 1000, bytes.length - 9000);
      const wav = await wavOf(next, found!);
      expect(wav.subarray(44).equals(Buffer.from(samples.buffer).subarray(0, found!.audioBytes))).to.equal(true);
      expect((await files()).filter((name) => name.endsWith('.part'))).to.have.lengthOf(1);
    });
  }

  it('removes a torn one without audio', async () => {
    const { store } = await openStore(KEY);
    await recorded(store);
    const file = await onlyFile();
    const bytes = await readFile(file);
    await rm(file);
    await writeFile(file.replace('.vgr', '.node-1.part'), bytes.subarray(0, 500));
    expect((await openStore(KEY)).recovered).to.deep.equal([]);
    expect(await files()).to.deep.equal([]);
  });

  it('takes nothing more from a disk that is full, and says so', async () => {
    const full = (async (...args: Parameters<typeof open>) => {
      const handle = await open(...args);
      handle.write = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      return handle;
    }) as typeof open;
    const { store } = await openStore(KEY, full);
    const writer = store.begin(aBeginning(1));
    let taken = true;
    for (let tries = 0; taken && tries < 1000; tries += 1) {
      taken = writer.write(stereoSamples(800));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(taken).to.equal(false);
    expect(await failureOf(writer.finish())).to.equal('recording-store/unavailable');
    await writer.discard();
    expect(await files()).to.deep.equal([]);
  });

  it('holds a bounded amount for a disk that hangs', async () => {
    let release = (): void => undefined;
    let entered = (): void => undefined;
    const hangs = new Promise<void>((resolve) => { entered = resolve; });
    const hanging = (async (...args: Parameters<typeof open>) => {
      await new Promise<void>((resolve) => { release = resolve; entered(); });
      return open(...args);
    }) as typeof open;
    const { store } = await openStore(KEY, hanging);
    const writer = store.begin(aBeginning(1));
    await hangs;
    let seconds = 0;
    while (seconds < 100 && writer.write(stereoSamples(8000))) seconds += 1;
    expect(seconds).to.be.within(10, 17);
    release();
    await writer.discard();
    expect(await files()).to.deep.equal([]);
  });
});

describe('FileRecordingRefusals', () => {
  recordingRefusalsContract(() => Promise.resolve(new FileRecordingRefusals(path.join(directory, 'refusals'))));

  it('remembers over a restart, and holds no number', async () => {
    const folder = path.join(directory, 'refusals');
    await new FileRecordingRefusals(folder).add(CONTRACT_TENANT, '+4930777001');
    expect(await new FileRecordingRefusals(folder).has(CONTRACT_TENANT, '+4930777001')).to.equal(true);
    for (const file of await files()) expect(`${file}${await readFile(file, 'latin1')}`).to.not.contain('777001');
  });
});
