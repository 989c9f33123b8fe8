import { expect } from 'chai';
import { PortError } from '../../src/application/ports/port-error.js';
import type { RecordingStore } from '../../src/application/ports/recording-store.js';
import { parseWav } from '../../src/domain/audio/wav.js';
import type { Recording, RecordingBeginning } from '../../src/domain/recording/recording.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';
import { firstUlidAt } from '../../src/domain/shared/ulid-time.js';

export const CONTRACT_TENANT = tenantId('north-bank');
const OTHER_TENANT = tenantId('harbour-grill');

/** The n-th recording of a test: a minute after the one before. */
export function aBeginning(n: number, deviations: Partial<RecordingBeginning> = {}): RecordingBeginning {
  const startedAt = `2026-01-01T${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}:00.000Z`;
  return {
    recordingId: firstUlidAt(Date.parse(startedAt) - 1).slice(0, -3) + String(n).padStart(3, '0'), tenantId: CONTRACT_TENANT, callId: callId(`01JCALL00000000000000000${n}`), callerNumber: '+15550100', calleeNumber: '5551000',
    agentId: 'card-delivery', startedAt, expiresAt: '2026-01-31T00:00:00.000Z', sampleRateHz: 8000, ...deviations,
  };
}

/** Two different sounds, so that a swap or a shift shows. */
export function stereoSamples(count: number): Int16Array {
  return Int16Array.from({ length: count * 2 }, (_, index) => (index % 2 === 0 ? (index * 7) % 20_000 : -((index * 3) % 15_000)));
}

export async function wavOf(store: RecordingStore, recording: Recording, range?: { first: number; last: number }): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of store.read(recording.tenantId, recording.recordingId, range ?? { first: 0, last: 43 + recording.audioBytes })) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** What every RecordingStore promises. */
export function recordingStoreContract(open: () => Promise<RecordingStore>): void {
  describe('keeps the contract of RecordingStore', () => {
    const { signal } = new AbortController();
    let store: RecordingStore;
    beforeEach(async () => { store = await open(); });
    afterEach(async () => { await store.close(); });

    const record = async (n: number, deviations: Partial<RecordingBeginning> = {}, samples = stereoSamples(1000)): Promise<Recording> => {
      const writer = store.begin(aBeginning(n, deviations));
      expect(writer.write(samples)).to.equal(true);
      const recording = await writer.finish();
      if (recording === null) throw new Error('not kept');
      return recording;
    };
    const list = (filter = {}, limit = 10, after: string | null = null) => store.list(CONTRACT_TENANT, filter, { limit, after }, signal);

    it('gives back what was written, as a WAV of both sides', async () => {
      const samples = stereoSamples(50_000);
      const writer = store.begin(aBeginning(1));
      for (let at = 0; at < samples.length; at += 320) expect(writer.write(samples.subarray(at, at + 320))).to.equal(true);
      expect(writer.audioBytes).to.equal(samples.length * 2);
      const recording = await writer.finish();
      expect(recording).to.deep.equal({ ...aBeginning(1), audioBytes: 200_000, durationMs: 6250 });
      expect(await store.find(CONTRACT_TENANT, aBeginning(1).recordingId, signal)).to.deep.equal(recording);
      const wav = parseWav(await wavOf(store, recording!));
      if (!wav.ok) throw new Error(wav.fault);
      expect(wav).to.include({ channels: 2, sampleRateHz: 8000 });
      expect(Buffer.from(wav.samples.buffer).equals(Buffer.from(samples.buffer)), 'samples').to.equal(true);
    });

    it('gives any range of it', async () => {
      const recording = await record(1, {}, stereoSamples(40_000));
      const whole = await wavOf(store, recording);
      for (const [first, last] of [[0, 0], [10, 60], [43, 44], [32_811, 32_812], [32_768, 65_536], [whole.length - 1, whole.length - 1], [50, whole.length - 1]] as const) {
        expect((await wavOf(store, recording, { first, last })).equals(whole.subarray(first, last + 1)), `${first}-${last}`).to.equal(true);
      }
    });

    it('shows nothing of a recording that is being made', async () => {
      const writer = store.begin(aBeginning(1));
      writer.write(stereoSamples(20_000));
      expect(await store.find(CONTRACT_TENANT, aBeginning(1).recordingId, signal)).to.equal(null);
      expect((await list()).recordings).to.deep.equal([]);
      await writer.discard();
    });

    it('keeps nothing of one that is discarded, also when it was complete already, nor of one without audio', async () => {
      const writer = store.begin(aBeginning(1));
      writer.write(stereoSamples(20_000));
      await writer.discard();
      await writer.discard();
      expect(writer.write(stereoSamples(1))).to.equal(false);
      expect(await writer.finish()).to.equal(null);
      const complete = store.begin(aBeginning(2));
      complete.write(stereoSamples(10));
      await complete.finish();
      await complete.discard();
      expect(await store.begin(aBeginning(3)).finish()).to.equal(null);
      expect((await list()).recordings).to.deep.equal([]);
    });

    it('lists newest first, page by page, by call, number and time', async () => {
      for (const n of [1, 2, 3, 4]) await record(n, n === 3 ? { callerNumber: '+4930777001' } : {});
      const first = await list({}, 3);
      expect(first.recordings.map(({ startedAt }) => startedAt.slice(14, 16))).to.deep.equal(['04', '03', '02']);
      const second = await list({}, 3, first.next);
      expect(second.recordings.map(({ recordingId }) => recordingId)).to.deep.equal([aBeginning(1).recordingId]);
      expect(second.next).to.equal(null);
      expect((await list({ callId: aBeginning(2).callId })).recordings).to.have.lengthOf(1);
      expect((await list({ number: '4930777001' })).recordings.map(({ recordingId }) => recordingId)).to.deep.equal([aBeginning(3).recordingId]);
      expect((await list({ from: aBeginning(2).startedAt, to: aBeginning(3).startedAt })).recordings).to.have.lengthOf(1);
      expect((await list({}, 4)).next).to.equal(null);
    });

    it('finds by time to the millisecond, though the clock was set between id and begin', async () => {
      const minutes = (n: number): string => new Date(Date.parse(aBeginning(30).startedAt) + n * 60_000).toISOString();
      await record(30, { startedAt: minutes(-9) });
      await record(31, { startedAt: minutes(9) });
      const within = async (from: string, to: string): Promise<readonly string[]> => (await list({ from, to })).recordings.map(({ startedAt }) => startedAt);
      expect(await within(minutes(-9), minutes(-8))).to.deep.equal([minutes(-9)]);
      expect(await within(minutes(8), minutes(9))).to.deep.equal([]);
      expect(await within(minutes(9), minutes(10))).to.deep.equal([minutes(9)]);
    });

    it('gives each once, page by page, while those of each page are erased', async () => {
      for (let n = 1; n <= 7; n += 1) await record(n, {}, stereoSamples(10));
      const seen: string[] = [];
      for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages += 1) {
        const page = await list({}, 2, after);
        for (const { recordingId } of page.recordings) expect(await store.erase(CONTRACT_TENANT, recordingId, signal)).to.equal(true);
        seen.push(...page.recordings.map(({ recordingId }) => recordingId));
        after = page.next;
      }
      expect(seen).to.deep.equal([7, 6, 5, 4, 3, 2, 1].map((n) => aBeginning(n).recordingId));
      expect((await list()).recordings).to.deep.equal([]);
    });

    it('knows a tenant\'s own only', async () => {
      const { recordingId } = await record(1);
      expect(await store.find(OTHER_TENANT, recordingId, signal)).to.equal(null);
      expect((await store.list(OTHER_TENANT, {}, { limit: 10, after: null }, signal)).recordings).to.deep.equal([]);
      expect(await store.erase(OTHER_TENANT, recordingId, signal)).to.equal(false);
      expect(await store.eraseSubject(OTHER_TENANT, '15550100', signal)).to.deep.equal([]);
      expect(await store.find(CONTRACT_TENANT, recordingId, signal)).not.to.equal(null);
    });

    it('finds nothing by an id that is none', async () => {
      for (const id of ['', '..', '../north-bank/x', 'a/b', 'x'.repeat(200)]) {
        expect(await store.find(CONTRACT_TENANT, id, signal)).to.equal(null);
        expect(await store.erase(CONTRACT_TENANT, id, signal)).to.equal(false);
      }
      const failure = await wavOf(store, { ...aBeginning(9), audioBytes: 0, durationMs: 0 }).then(() => null, (error: unknown) => error);
      expect(failure).to.be.instanceOf(PortError).with.property('code', 'recording-store/not-found');
    });

    it('erases one, and says whether there was one', async () => {
      const { recordingId } = await record(1);
      expect(await store.erase(CONTRACT_TENANT, recordingId, signal)).to.equal(true);
      expect(await store.erase(CONTRACT_TENANT, recordingId, signal)).to.equal(false);
      expect(await store.find(CONTRACT_TENANT, recordingId, signal)).to.equal(null);
    });

    it('forgets a person: caller or called, complete or being made', async () => {
      await record(1);
      await record(2, { callerNumber: '5551000', calleeNumber: '+1 555 0100' });
      await record(3, { callerNumber: '+15550199' });
      const making = store.begin(aBeginning(4));
      making.write(stereoSamples(10));
      const erased = await store.eraseSubject(CONTRACT_TENANT, '15550100', signal);
      expect(erased.map(({ recordingId }) => recordingId)).to.have.members([1, 2, 4].map((n) => aBeginning(n).recordingId));
      expect(making.write(stereoSamples(10))).to.equal(false);
      expect(await making.finish()).to.equal(null);
      expect((await list()).recordings.map(({ recordingId }) => recordingId)).to.deep.equal([aBeginning(3).recordingId]);
    });

    it('erases those whose time is up, at most so many at once', async () => {
      for (const n of [1, 2, 3]) await record(n);
      await record(4, { expiresAt: '2026-02-01T00:00:00.000Z' });
      await record(5, { tenantId: OTHER_TENANT });
      expect(await store.eraseExpired('2026-01-30T23:59:59.999Z', 10, signal)).to.deep.equal([]);
      expect(await store.eraseExpired('2026-01-31T00:00:00.000Z', 3, signal)).to.have.lengthOf(3);
      expect(await store.eraseExpired('2026-01-31T00:00:00.000Z', 3, signal)).to.have.lengthOf(1);
      expect((await list()).recordings.map(({ recordingId }) => recordingId)).to.deep.equal([aBeginning(4).recordingId]);
      expect((await store.list(OTHER_TENANT, {}, { limit: 10, after: null }, signal)).recordings).to.deep.equal([]);
    });
  });
}
