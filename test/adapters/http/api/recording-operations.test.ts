import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { FileRecordingStore } from '../../../../src/adapters/recordings/file/file-recording-store.js';
import { SignedRecordingLinks } from '../../../../src/adapters/recordings/links/signed-recording-links.js';
import { RecordingKeys } from '../../../../src/adapters/recordings/sealed/recording-keys.js';
import { ErasureProofs } from '../../../../src/application/recordings/erasure-proofs.js';
import { RecordingDesk } from '../../../../src/application/recordings/recording-desk.js';
import { parseWav } from '../../../../src/domain/audio/wav.js';
import { aBeginning, stereoSamples } from '../../../contract/recording-store.contract.js';
import { MemoryEventPublisher } from '../../../support/fakes/memory-event-publisher.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { SequentialIds } from '../../../support/fakes/sequential-ids.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { ApiScene } from '../../../support/servers/api-scene.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const SAMPLES = stereoSamples(50_000);
const ID = aBeginning(1).recordingId;

/** The API over real files, sealed. */
describe('Recordings by the API', () => {
  const { signal } = new AbortController();
  let scene: ApiScene;
  let directory: string;
  let store: FileRecordingStore;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-recordings-api-'));
    ({ store } = await FileRecordingStore.open({ directory, nodeName: 'node-1', keys: new RecordingKeys(randomBytes(32).toString('base64')), logger: silentLogger }, signal));
    scene = new ApiScene();
    const clock = new VirtualClock();
    const proofs = new ErasureProofs({ clock, ids: new SequentialIds(), publisher: new MemoryEventPublisher(), nodeName: 'node-1' });
    const desk = new RecordingDesk({ store, proofs, clock, metrics: new RecordingMetrics(), links: new SignedRecordingLinks(randomBytes(32)) });
    Object.assign(scene.application.queries, {
      recordings: store.list.bind(store), recording: desk.audio.bind(desk), linkedRecording: desk.linkedAudio.bind(desk),
    });
    Object.assign(scene.application.commands, {
      linkRecording: desk.link.bind(desk), eraseRecording: desk.erase.bind(desk),
      eraseSubject: async (...asked: Parameters<typeof desk.eraseSubject>) => ({ recordings: (await desk.eraseSubject(...asked)).length, calls: 2, events: 30, nodes: ['gw-2'], notReached: [{ what: 'kafka' as const, where: 'voicegw.*', why: 'Published.' }] }),
    });
    await scene.open();
    const writer = store.begin(aBeginning(1));
    writer.write(SAMPLES);
    await writer.finish();
  });
  afterEach(async () => {
    await scene.close();
    await rm(directory, { recursive: true, force: true });
  });

  const audio = async (at: string, headers: Readonly<Record<string, string>>): Promise<{ status: number; headers: Headers; bytes: Buffer }> => {
    const response = await fetch(scene.url + at, { headers: { connection: 'close', ...headers } });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  const bearer = (role: 'operator' | 'viewer' | 'admin', tenant = 'north-bank') => ({ authorization: `Bearer ${scene.token(role, tenant)}` });

  it('are listed and shown', async () => {
    const { status, body } = await scene.ask('GET', '/api/v1/recordings?number=%2B15550100&limit=5', { token: scene.token('operator') });
    expect(status).to.equal(200);
    expect(body).to.have.nested.property('recordings[0].recordingId', ID);
    expect(body).to.have.property('next', null);
    const one = await scene.ask('GET', `/api/v1/recordings/${ID}`, { token: scene.token('operator') });
    expect(one.body).to.include({ recordingId: ID, durationMs: 6250, lengthBytes: 200_044 });
    expect((await scene.ask('GET', '/api/v1/recordings?number=1', { token: scene.token('operator') })).status).to.equal(400);
  });

  it('play back what was recorded, to the sample, and the trail says who has heard it', async () => {
    const whole = await audio(`/api/v1/recordings/${ID}/audio`, bearer('operator'));
    expect(whole.status).to.equal(200);
    expect(whole.headers.get('content-type')).to.equal('audio/wav');
    const wav = parseWav(whole.bytes);
    if (!wav.ok) throw new Error(wav.fault);
    expect(Buffer.from(wav.samples.buffer).equals(Buffer.from(SAMPLES.buffer))).to.equal(true);
    const part = await audio(`/api/v1/recordings/${ID}/audio`, { ...bearer('operator'), range: 'bytes=32000-99999' });
    expect(part.status).to.equal(206);
    expect(part.headers.get('content-range')).to.equal('bytes 32000-99999/200044');
    expect(part.bytes.equals(whole.bytes.subarray(32_000, 100_000))).to.equal(true);
    expect(scene.audit.entries.map(({ act, subject, outcome }) => [act, subject, outcome])).to.deep.equal([['getRecordingAudio', ID, 'done'], ['getRecordingAudio', ID, 'done']]);
  });

  it('are played by a link, without a token', async () => {
    const { status, body } = await scene.ask('POST', `/api/v1/recordings/${ID}/links`, { token: scene.token('operator') });
    expect(status).to.equal(201);
    const at = body?.['path'] as string;
    expect((await audio(at, {})).bytes.length).to.equal(200_044);
    expect((await audio(`${at.slice(0, -2)}AA`, {})).status).to.equal(404);
    expect(scene.audit.entries.map(({ act, subject, tenantId, actor }) => [act, subject, tenantId, actor.role])).to.deep.equal([
      ['createRecordingLink', ID, 'north-bank', 'operator'], ['followRecordingLink', ID, 'north-bank', 'system'],
    ]);
  });

  it('are erased by admins, and are gone', async () => {
    expect((await scene.ask('DELETE', `/api/v1/recordings/${ID}`, { token: scene.token('operator') })).status).to.equal(403);
    expect((await scene.ask('DELETE', `/api/v1/recordings/${ID}`, { token: scene.token('admin') })).status).to.equal(204);
    expect((await scene.ask('DELETE', `/api/v1/recordings/${ID}`, { token: scene.token('admin') })).status).to.equal(404);
    expect((await audio(`/api/v1/recordings/${ID}/audio`, bearer('admin'))).status).to.equal(404);
  });

  it('of a person are forgotten, and the trail does not keep his number', async () => {
    const { status, body } = await scene.ask('POST', '/api/v1/subjects/erase', { token: scene.token('admin'), body: { number: '+1 555 0100' } });
    expect(status).to.equal(200);
    expect(body).to.deep.equal({ recordings: 1, calls: 2, events: 30, nodes: ['gw-2'], notReached: [{ what: 'kafka', where: 'voicegw.*', why: 'Published.' }] });
    expect(scene.audit.entries.map(({ act, subject }) => [act, subject])).to.deep.equal([['eraseSubject', 'number: recordings 1, calls 2, events 30']]);
    expect(JSON.stringify(scene.audit.entries)).to.not.match(/555.?0100/u);
  });

  it('of another tenant do not exist', async () => {
    const token = scene.token('admin', 'harbour-grill');
    for (const [method, at] of [['GET', ''], ['GET', '/audio'], ['POST', '/links'], ['DELETE', '']] as const) {
      expect((await scene.ask(method, `/api/v1/recordings/${ID}${at}`, { token })).status, `${method} ${at}`).to.equal(404);
    }
    expect((await scene.ask('GET', '/api/v1/recordings', { token })).body).to.deep.equal({ recordings: [], next: null });
    expect(await store.find(aBeginning(1).tenantId, ID)).not.to.equal(null);
  });
});
