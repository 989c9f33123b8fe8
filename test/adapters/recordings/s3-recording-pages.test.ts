import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { FileRecordingStore } from '../../../src/adapters/recordings/file/file-recording-store.js';
import { S3RecordingStore } from '../../../src/adapters/recordings/s3/s3-recording-store.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import type { RecordingFilter } from '../../../src/application/ports/recording-store.js';
import { aBeginning, CONTRACT_TENANT, stereoSamples } from '../../contract/recording-store.contract.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { S3_ACCOUNT, S3Server } from '../../support/servers/s3-server.js';
import { until } from '../../support/until.js';

describe('a page of recordings in a bucket', () => {
  const { signal } = new AbortController();
  const RECORDINGS = 60;
  let directory: string;
  let server: S3Server;
  let store: S3RecordingStore;

  const openStore = async (at: string): Promise<S3RecordingStore> => {
    const { store: local } = await FileRecordingStore.open({ directory: at, nodeName: 'node-1', keys: null, logger: silentLogger }, signal);
    const clock = new SystemClock({ onFault: (error) => { throw error; } });
    return S3RecordingStore.open({ local, account: { ...S3_ACCOUNT, endpoint: server.url }, prefix: '', keys: null, clock, logger: silentLogger, metrics: new RecordingMetrics() });
  };

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-recordings-s3-'));
    server = await S3Server.start();
    store = await openStore(directory);
    for (let n = 0; n < RECORDINGS; n += 1) {
      const writer = store.begin(aBeginning(n));
      writer.write(stereoSamples(10));
      await writer.finish();
    }
    await until(async () => server.keys.length === RECORDINGS * 2 && (await readdir(path.join(directory, `tenant-${CONTRACT_TENANT}`))).length === 0);
  });
  afterEach(async () => {
    await store.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Recordings of the page, and heads that were asked for. */
  const asked = async (filter: RecordingFilter, after: string | null = null): Promise<readonly number[]> => {
    server.requests.splice(0);
    const { recordings } = await store.list(CONTRACT_TENANT, filter, { limit: 8, after }, signal);
    return [recordings.length, server.requests.filter(({ method, key }) => method === 'GET' && key.endsWith('.head')).length];
  };

  it('asks for the heads that it shows, or that may be of the time', async () => {
    expect(await asked({})).to.deep.equal([8, 8]);
    expect(await asked({}, aBeginning(40).recordingId)).to.deep.equal([8, 8]);
    expect(await asked({ to: '2020-01-01T00:00:00.000Z' })).to.deep.equal([0, 0]);
    const [found, heads] = await asked({ from: aBeginning(30).startedAt, to: aBeginning(32).startedAt });
    expect(found).to.equal(2);
    expect(heads, 'those around the edges').to.be.at.most(24);
  });

  it('asks for no head twice to look for a number, and still sees what other nodes have made and erased', async () => {
    const nobody = { number: '+4930777009' };
    expect(await asked(nobody)).to.deep.equal([0, RECORDINGS]);
    expect(await asked(nobody)).to.deep.equal([0, 0]);
    const other = await openStore(`${directory}-other`);
    try {
      await other.erase(CONTRACT_TENANT, aBeginning(59).recordingId, signal);
      const writer = other.begin(aBeginning(60));
      writer.write(stereoSamples(10));
      await writer.finish();
      await until(() => server.keys.some((key) => key.includes(`${aBeginning(60).recordingId}.`) && key.endsWith('.head')));
      server.requests.splice(0);
      const { recordings } = await store.list(CONTRACT_TENANT, {}, { limit: 2, after: null }, signal);
      expect(recordings.map(({ recordingId }) => recordingId)).to.deep.equal([60, 58].map((n) => aBeginning(n).recordingId));
      expect(await asked(nobody)).to.deep.equal([0, 0]);
      expect(await store.eraseSubject(CONTRACT_TENANT, '15550100', signal)).to.have.lengthOf(RECORDINGS);
      expect(server.keys).to.deep.equal([]);
    } finally {
      await other.close();
      await rm(`${directory}-other`, { recursive: true, force: true });
    }
  });
});
