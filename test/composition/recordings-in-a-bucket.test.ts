import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { openRecordings } from '../../src/composition/recordings.js';
import { openRuntime } from '../../src/composition/runtime.js';
import { loadConfig } from '../../src/config/load-config.js';
import { aBeginning, CONTRACT_TENANT, stereoSamples } from '../contract/recording-store.contract.js';
import { MemoryEventPublisher } from '../support/fakes/memory-event-publisher.js';
import { S3_ACCOUNT, S3Server } from '../support/servers/s3-server.js';

describe('recordings, when the settings name a bucket', () => {
  it('are moved there, and found there', async () => {
    const server = await S3Server.start();
    const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-recordings-bucket-'));
    const loaded = loadConfig({
      file: null, readFile: () => '',
      env: {
        VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: '/none', VG_LOG_LEVEL: 'silent', VG_RECORDINGS_DIRECTORY: directory, VG_RECORDINGS_KEYS: Buffer.alloc(32, 7).toString('base64'),
        VG_RECORDINGS_S3_BUCKET: S3_ACCOUNT.bucket, VG_RECORDINGS_S3_ENDPOINT: server.url, VG_RECORDINGS_S3_REGION: S3_ACCOUNT.region, VG_RECORDINGS_S3_PATH_STYLE: 'true',
        VG_RECORDINGS_S3_ACCESS_KEY_ID: S3_ACCOUNT.accessKeyId, VG_RECORDINGS_S3_SECRET_ACCESS_KEY: S3_ACCOUNT.secretAccessKey, VG_RECORDINGS_S3_PREFIX: 'calls/',
      },
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const runtime = openRuntime(loaded.value);
    const { signal } = new AbortController();
    const recordings = await openRecordings(loaded.value, runtime, { publisher: new MemoryEventPublisher(), redis: null }, signal);
    const writer = recordings.store.begin(aBeginning(1));
    writer.write(stereoSamples(100));
    const recording = await writer.finish();
    await recordings.close();
    expect(server.keys.map((key) => key.replace(/^calls\/t[0-9a-f]{32}\/.*\./u, ''))).to.deep.equal(['audio', 'head']);
    const again = await openRecordings(loaded.value, runtime, { publisher: new MemoryEventPublisher(), redis: null }, signal);
    expect(await again.store.find(CONTRACT_TENANT, aBeginning(1).recordingId, signal)).to.deep.equal(recording);
    await again.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
});
