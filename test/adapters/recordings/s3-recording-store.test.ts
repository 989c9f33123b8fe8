import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { FileRecordingStore } from '../../../src/adapters/recordings/file/file-recording-store.js';
import type { S3Limits } from '../../../src/adapters/recordings/s3/s3-bucket.js';
import { S3RecordingStore } from '../../../src/adapters/recordings/s3/s3-recording-store.js';
import { RecordingKeys } from '../../../src/adapters/recordings/sealed/recording-keys.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { codeOf } from '../../../src/application/ports/port-error.js';
import type { Recording, RecordingBeginning } from '../../../src/domain/recording/recording.js';
import { aBeginning, CONTRACT_TENANT, recordingStoreContract, stereoSamples, wavOf } from '../../contract/recording-store.contract.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { S3_ACCOUNT, type S3Fault, S3Server } from '../../support/servers/s3-server.js';
import { until } from '../../support/until.js';

const { signal } = new AbortController();
const KEY = randomBytes(32).toString('base64');
const ACCESS_KEY: string = S3_ACCOUNT.accessKeyId;
const LIMITS: S3Limits = { idleMs: 5000, requestMs: 10_000, putMs: 10_000 };
const UNAVAILABLE: S3Fault = { kind: 'status', status: 503, code: 'SlowDown' };

let directory: string;
let server: S3Server;
let metrics: RecordingMetrics;
const open: S3RecordingStore[] = [];

async function openStore({ keys = KEY, limits = LIMITS, accessKeyId = ACCESS_KEY, prefix = 'calls/' } = {}): Promise<S3RecordingStore> {
  const sealing = keys === '' ? null : new RecordingKeys(keys);
  const { store: local } = await FileRecordingStore.open({ directory, nodeName: 'node-1', keys: sealing, logger: silentLogger }, signal);
  const store = S3RecordingStore.open({
    local, account: { ...S3_ACCOUNT, accessKeyId, endpoint: server.url }, prefix, keys: sealing, clock: new SystemClock({ onFault: (error) => { throw error; } }), logger: silentLogger, metrics, limits, retry: { minMs: 10, maxMs: 50 },
  });
  open.push(store);
  return store;
}

async function recorded(store: S3RecordingStore, n = 1, deviations: Partial<RecordingBeginning> = {}, samples = stereoSamples(100_000)): Promise<Recording> {
  const writer = store.begin(aBeginning(n, deviations));
  expect(writer.write(samples)).to.equal(true);
  return (await writer.finish())!;
}

async function files(): Promise<readonly string[]> {
  return (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** All is in the bucket, nothing on the disk. */
const moved = (recordings = 1): Promise<void> => until(async () => server.keys.length === recordings * 2 && (await files()).length === 0);
const failureOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'no failure', (error: unknown) => codeOf(error));
const list = async (store: S3RecordingStore, limit = 10, after: string | null = null) => store.list(CONTRACT_TENANT, {}, { limit, after }, signal);

describe('S3RecordingStore', () => {
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-recordings-s3-'));
    server = await S3Server.start();
    metrics = new RecordingMetrics();
  });
  afterEach(async () => {
    server.fault = () => null;
    for (const store of open.splice(0)) await store.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  describe('with a key', () => { recordingStoreContract(() => openStore()); });
  describe('without a key or prefix', () => { recordingStoreContract(() => openStore({ keys: '', prefix: '' })); });
  describe('while the bucket takes nothing, from the disk', () => {
    recordingStoreContract(() => {
      server.fault = ({ method }) => (method === 'PUT' ? { kind: 'status', status: 500, code: 'InternalError' } : null);
      return openStore();
    });
  });

  describe('when all is in the bucket', () => {
    it('gives back what was written, whole and in parts', async () => {
      const store = await openStore();
      const recording = await recorded(store);
      const whole = await wavOf(store, recording);
      await moved();
      expect(await store.find(CONTRACT_TENANT, recording.recordingId, signal)).to.deep.equal(recording);
      expect((await wavOf(store, recording)).equals(whole)).to.equal(true);
      for (const [first, last] of [[0, 0], [43, 44], [32_811, 32_812], [200_000, 390_000], [whole.length - 1, whole.length - 1]] as const) {
        expect((await wavOf(store, recording, { first, last })).equals(whole.subarray(first, last + 1)), `${first}-${last}`).to.equal(true);
      }
      expect(server.refused).to.equal(0);
    });

    it('asks for the part that is wanted, not for all', async () => {
      const store = await openStore();
      const recording = await recorded(store, 1, {}, stereoSamples(110_000));
      await moved();
      server.requests.length = 0;
      await wavOf(store, recording, { first: 2000, last: 2100 });
      const ranges = server.requests.filter(({ range }) => range !== null).map(({ range }) => /(\d+)-(\d+)/u.exec(range ?? '') ?? []);
      expect(ranges.reduce((sum, [, first, last]) => sum + Number(last) - Number(first), 0)).to.be.lessThan(300_000);
    });

    it('lists, forgets and sweeps over disk and bucket', async () => {
      const store = await openStore();
      for (const n of [1, 2, 3]) await recorded(store, n, n === 2 ? { callerNumber: '+4930777001' } : {}, stereoSamples(100));
      await moved(3);
      server.fault = ({ method }) => (method === 'PUT' ? UNAVAILABLE : null);
      for (const n of [4, 5]) await recorded(store, n, n === 4 ? { callerNumber: '+4930777001' } : {}, stereoSamples(100));
      const ids = (...ns: number[]) => ns.map((n) => aBeginning(n).recordingId);
      const first = await list(store, 3);
      expect(first.recordings.map(({ recordingId }) => recordingId)).to.deep.equal(ids(5, 4, 3));
      const second = await list(store, 3, first.next);
      expect(second.recordings.map(({ recordingId }) => recordingId)).to.deep.equal(ids(2, 1));
      expect(second.next).to.equal(null);
      expect((await store.eraseSubject(CONTRACT_TENANT, '4930777001', signal)).map(({ recordingId }) => recordingId)).to.have.members(ids(2, 4));
      expect((await list(store)).recordings.map(({ recordingId }) => recordingId)).to.deep.equal(ids(5, 3, 1));
      expect((await store.eraseExpired('2026-01-31T00:00:00.000Z', 2, signal))).to.have.lengthOf(2);
      expect((await store.eraseExpired('2026-01-31T00:00:00.000Z', 2, signal))).to.have.lengthOf(1);
      expect(server.keys).to.deep.equal([]);
      expect(await files()).to.deep.equal([]);
    });

    it('has no number, no tenant and no name in its keys, no number in what they hold, and leaves other objects alone', async () => {
      server.objects.set('calls/readme.txt', Buffer.from('another\'s'));
      const store = await openStore();
      await recorded(store);
      await until(async () => (await files()).length === 0);
      for (const [key, bytes] of server.objects) {
        expect(key).to.match(/^calls\/(?:readme\.txt|t[0-9a-f]{32}\/01[0-9A-Z]{21}001\.[0-9a-z]+\.(?:audio|head))$/u);
        expect(bytes.includes('5550100') || bytes.includes('5551000') || bytes.includes(CONTRACT_TENANT)).to.equal(false);
      }
      expect(await store.eraseExpired('2027-01-01T00:00:00.000Z', 10, signal)).to.have.lengthOf(1);
      expect(server.keys).to.deep.equal(['calls/readme.txt']);
    });

    it('finds what was changed, cut off or laid in another\'s place', async () => {
      const store = await openStore();
      const one = await recorded(store, 1);
      const two = await recorded(store, 2);
      await moved(2);
      const [audio = '', head = '', audioTwo = '', headTwo = ''] = server.keys;
      const right = new Map(server.objects);
      const changes: (() => void)[] = [
        () => { server.objects.set(audio, Buffer.concat([right.get(audio)!.subarray(0, 200_000), Buffer.alloc(1), right.get(audio)!.subarray(200_001)])); },
        () => { server.objects.set(audio, right.get(audio)!.subarray(0, 300_000)); },
        () => { server.objects.set(audio, right.get(audioTwo)!); },
        () => { server.objects.set(head, right.get(headTwo)!); },
        () => { server.objects.set(head, right.get(head)!.subarray(0, 40)); },
      ];
      for (const [index, change] of changes.entries()) {
        change();
        expect(await failureOf(wavOf(store, one)), `change ${index}`).to.equal('recording-store/tampered');
        for (const [key, bytes] of right) server.objects.set(key, bytes);
      }
      server.objects.delete(audio);
      expect(await failureOf(wavOf(store, one))).to.equal('recording-store/not-found');
      expect((await wavOf(store, two)).length).to.equal(44 + two.audioBytes);
    });

    it('shows nothing of an audio whose head never came, and sweeps it when its time is up', async () => {
      const store = await openStore();
      await recorded(store);
      await moved();
      server.objects.delete(server.keys.find((key) => key.endsWith('.head')) ?? '');
      expect((await list(store)).recordings).to.deep.equal([]);
      expect(await store.eraseExpired('2026-01-30T00:00:00.000Z', 10, signal)).to.deep.equal([]);
      expect(server.keys).to.have.lengthOf(1);
      expect(await store.eraseExpired('2026-01-31T00:00:00.000Z', 10, signal)).to.deep.equal([]);
      expect(server.keys).to.deep.equal([]);
    });
  });

  describe('while the bucket fails', () => {
    const faults: readonly (readonly [string, S3Fault])[] = [
      ['answers 503', UNAVAILABLE], ['answers 500', { kind: 'status', status: 500, code: 'InternalError' }], ['answers 403', { kind: 'status', status: 403, code: 'AccessDenied' }],
      ['refuses connections', { kind: 'refuse' }], ['breaks them after the request', { kind: 'lose-answer' }], ['says nothing', { kind: 'hang' }],
    ];
    for (const [what, fault] of faults) {
      it(`keeps a recording on the disk and puts it later: ${what}`, async () => {
        let failures = 0;
        server.fault = ({ method }) => {
          if (method !== 'PUT' || failures >= 3) return null;
          failures += 1;
          return fault;
        };
        const store = await openStore({ limits: { ...LIMITS, putMs: 250, requestMs: 250 } });
        const recording = await recorded(store, 1, {}, stereoSamples(1000));
        const whole = await wavOf(store, recording);
        await moved();
        expect(failures).to.equal(3);
        expect(metrics.value('recordings_not_put_total')).to.be.greaterThan(0);
        expect((await wavOf(store, recording)).equals(whole)).to.equal(true);
        expect((await list(store)).recordings).to.deep.equal([recording]);
      });
    }

    it('is told so when something is asked for, and finds what is on the disk all the same', async () => {
      server.fault = () => ({ kind: 'status', status: 403, code: 'AccessDenied' });
      const store = await openStore();
      const recording = await recorded(store, 1, {}, stereoSamples(1000));
      expect(await store.find(CONTRACT_TENANT, recording.recordingId, signal)).to.deep.equal(recording);
      expect(await failureOf(list(store))).to.equal('recording-store/unauthorised');
      expect(await failureOf(store.find(CONTRACT_TENANT, aBeginning(2).recordingId, signal))).to.equal('recording-store/unauthorised');
      expect(await failureOf(store.erase(CONTRACT_TENANT, recording.recordingId, signal)), 'not half erased').to.equal('recording-store/unauthorised');
      expect(await store.find(CONTRACT_TENANT, recording.recordingId, signal)).to.deep.equal(recording);
    });

    it('tells of a key that is not known', async () => {
      const store = await openStore({ accessKeyId: 'AKOTHER' });
      expect(await failureOf(list(store))).to.equal('recording-store/unauthorised');
      expect(server.refused).to.be.greaterThan(0);
    });

    it('tells of an answer that is cut in the middle, of one that does not come, and reads again', async () => {
      const store = await openStore({ limits: { ...LIMITS, requestMs: 1500 } });
      const recording = await recorded(store);
      await moved();
      for (const [fault, codes] of [[{ kind: 'cut' }, /unavailable$/u], [{ kind: 'hang' }, /timeout$/u], [{ kind: 'slow', delayMs: 5000 }, /timeout$/u], [{ kind: 'status', status: 500, code: 'InternalError' }, /unavailable$/u]] as const) {
        server.fault = ({ range }) => (range === null ? null : fault);
        expect(await failureOf(wavOf(store, recording)), fault.kind).to.match(codes);
      }
      server.fault = () => null;
      expect((await wavOf(store, recording)).length).to.equal(44 + recording.audioBytes);
    });
  });

  it('goes on after a restart with what was not put', async () => {
    server.fault = ({ method }) => (method === 'PUT' ? UNAVAILABLE : null);
    const first = await openStore();
    const recording = await recorded(first);
    await first.close();
    open.length = 0;
    expect(await files()).to.have.lengthOf(1);
    server.fault = () => null;
    const second = await openStore();
    await moved();
    expect((await wavOf(second, recording)).length).to.equal(44 + recording.audioBytes);
  });

  it('puts what it can before it closes', async () => {
    const store = await openStore();
    await recorded(store);
    await store.close();
    open.length = 0;
    expect(server.keys).to.have.lengthOf(2);
    expect(await files()).to.deep.equal([]);
  });

  it('leaves nothing of one that is erased, discarded or swept while it is being put', async () => {
    for (const how of ['erase', 'discard', 'subject', 'sweep'] as const) {
      let arrived = (): void => undefined;
      const put = new Promise<void>((resolve) => { arrived = resolve; });
      server.fault = ({ method, key }) => {
        if (method !== 'PUT' || !key.endsWith('.head')) return null;
        arrived();
        return { kind: 'hang' };
      };
      const store = await openStore(), writer = store.begin(aBeginning(1));
      writer.write(stereoSamples(1000));
      const recording = await writer.finish();
      await put;
      expect(server.keys, 'its audio is there').to.have.lengthOf(1);
      if (how === 'erase') expect(await store.erase(CONTRACT_TENANT, recording!.recordingId, signal)).to.equal(true);
      else if (how === 'discard') await writer.discard();
      else if (how === 'sweep') expect(await store.eraseExpired(recording!.expiresAt, 1, signal)).to.have.lengthOf(1);
      else expect(await store.eraseSubject(CONTRACT_TENANT, '15550100', signal)).to.have.lengthOf(1);
      server.fault = () => null;
      await store.close();
      open.length = 0;
      expect(server.keys, how).to.deep.equal([]);
      expect(await files(), how).to.deep.equal([]);
    }
  });
});
