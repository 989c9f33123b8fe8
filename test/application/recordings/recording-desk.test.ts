import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { SignedRecordingLinks } from '../../../src/adapters/recordings/links/signed-recording-links.js';
import { ErasureProofs } from '../../../src/application/recordings/erasure-proofs.js';
import { RecordingDesk } from '../../../src/application/recordings/recording-desk.js';
import { RetentionSweep } from '../../../src/application/recordings/retention-sweep.js';
import { expiryOf } from '../../../src/domain/recording/recording.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { aBeginning, CONTRACT_TENANT, stereoSamples } from '../../contract/recording-store.contract.js';
import { MemoryEventPublisher } from '../../support/fakes/memory-event-publisher.js';
import { MemoryRecordingStore } from '../../support/fakes/memory-recording-store.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const OTHER = tenantId('harbour-grill');
const DAY_MS = 86_400_000;
const { signal } = new AbortController();

describe('Recordings that are there', () => {
  let clock: VirtualClock;
  let store: MemoryRecordingStore;
  let publisher: MemoryEventPublisher;
  let metrics: RecordingMetrics;
  let proofs: ErasureProofs;
  let desk: RecordingDesk;

  beforeEach(() => {
    clock = new VirtualClock();
    store = new MemoryRecordingStore();
    publisher = new MemoryEventPublisher();
    metrics = new RecordingMetrics();
    proofs = new ErasureProofs({ clock, ids: new SequentialIds(), publisher, nodeName: 'node-1' });
    desk = new RecordingDesk({ store, proofs, clock, metrics, links: new SignedRecordingLinks(randomBytes(32)) });
  });

  const record = async (n: number, retentionDays = 30): Promise<string> => {
    const startedAt = clock.wallTime();
    const writer = store.begin(aBeginning(n, { startedAt, expiresAt: expiryOf(startedAt, retentionDays) }));
    writer.write(stereoSamples(100));
    await writer.finish();
    return aBeginning(n).recordingId;
  };

  it('are opened by a link for five minutes, and by no other', async () => {
    const id = await record(1);
    const { link, expiresAt } = (await desk.link(CONTRACT_TENANT, id, signal))!;
    expect(Date.parse(expiresAt) - Date.parse(clock.wallTime())).to.equal(300_000);
    expect((await desk.linkedAudio(link, signal))?.recording.recordingId).to.equal(id);
    const [content = '', signature = ''] = link.split('.');
    const forged = Buffer.from(JSON.stringify([CONTRACT_TENANT, id, Date.parse(expiresAt) + 1])).toString('base64url');
    for (const other of [`${forged}.${signature}`, `${content}.${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`, `${content}.`, content, '', '.', `${link}.x`, `${content}=.${signature}`]) {
      expect(await desk.linkedAudio(other, signal), other).to.equal(null);
    }
    await clock.run(299_999);
    expect(await desk.linkedAudio(link, signal)).not.to.equal(null);
    await clock.run(1);
    expect(await desk.linkedAudio(link, signal)).to.equal(null);
    expect(await desk.link(OTHER, id, signal)).to.equal(null);
  });

  it('are erased once, with proof', async () => {
    const id = await record(1);
    expect(await desk.erase(OTHER, id, signal)).to.equal(false);
    expect(await desk.erase(CONTRACT_TENANT, id, signal)).to.equal(true);
    expect(await desk.erase(CONTRACT_TENANT, id, signal)).to.equal(false);
    expect(await desk.audio(CONTRACT_TENANT, id, signal)).to.equal(null);
    expect(publisher.ofType('recording.erased')).to.deep.equal([{ type: 'recording.erased', recordingId: id, cause: 'order' }]);
    expect(publisher.events[0]).to.include({ callId: aBeginning(1).callId, tenantId: CONTRACT_TENANT, sequence: 0 });
  });

  it('of a person are erased with a proof each', async () => {
    await record(1);
    await record(2);
    expect(await desk.eraseSubject(CONTRACT_TENANT, '15550100', signal)).to.have.lengthOf(2);
    expect(publisher.ofType('recording.erased').map(({ cause }) => cause)).to.deep.equal(['subject', 'subject']);
  });

  it('are erased when their time is up, to the millisecond of a frozen clock', async () => {
    const sweep = new RetentionSweep({ clock, log: new RecordingLogger(), metrics, store, proofs });
    await record(1, 30);
    await record(2, 31);
    const beganMs = Date.parse(clock.wallTime());
    const at = (ms: number): string => new Date(beganMs + ms).toISOString();
    expect(await sweep.sweep(at(30 * DAY_MS - 1), signal)).to.equal(0);
    expect(await sweep.sweep(at(30 * DAY_MS), signal)).to.equal(1);
    expect([...store.kept.keys()]).to.deep.equal([aBeginning(2).recordingId]);
    expect(await sweep.sweep(at(31 * DAY_MS), signal)).to.equal(1);
    expect(publisher.ofType('recording.erased').map(({ cause }) => cause)).to.deep.equal(['retention', 'retention']);
    expect(metrics.value('recordings_erased_total', { cause: 'retention' })).to.equal(2);
  });

  it('are swept by themselves, a bounded number at a time, and over a store that fails', async () => {
    const log = new RecordingLogger();
    const sweep = new RetentionSweep({ clock, log, metrics, store, proofs });
    for (let n = 1; n <= 600; n += 1) await record(n, 0);
    sweep.start();
    await clock.run(1000);
    expect(store.kept.size).to.equal(100);
    await clock.run(1000);
    expect(store.kept.size).to.equal(0);
    const erase = store.eraseExpired.bind(store);
    store.eraseExpired = () => Promise.reject(new Error('away'));
    await clock.run(600_000);
    expect(log.lines.some(({ level }) => level === 'warn')).to.equal(true);
    store.eraseExpired = erase;
    await record(1, 0);
    await clock.run(600_000);
    expect(store.kept.size).to.equal(0);
    await sweep.close();
    expect(clock.pending).to.equal(0);
  });
});
