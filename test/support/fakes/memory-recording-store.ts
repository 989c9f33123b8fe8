import { PortError } from '../../../src/application/ports/port-error.js';
import type { RecordingFilter, RecordingPage, RecordingStore, RecordingWriter } from '../../../src/application/ports/recording-store.js';
import { WAV_HEADER_BYTES, wavBytes, wavHeader } from '../../../src/domain/audio/wav.js';
import { durationOfBytes, isOfNumber, type Recording, type RecordingBeginning } from '../../../src/domain/recording/recording.js';
import type { TenantId } from '../../../src/domain/shared/ids.js';

interface Kept {
  readonly recording: Recording;
  readonly samples: Int16Array;
}

/** Recordings in memory. Tests set `full` to make writers take nothing more, and look at `bytes`. */
export class MemoryRecordingStore implements RecordingStore {
  full = false;
  readonly kept = new Map<string, Kept>();
  private readonly open = new Map<string, { readonly beginning: RecordingBeginning; readonly discard: () => void; samples: number }>();

  /** Of audio, complete or not. */
  get bytes(): number {
    return [...this.kept.values()].reduce((sum, { recording }) => sum + recording.audioBytes, 0) + [...this.open.values()].reduce((sum, { samples }) => sum + samples * 2, 0);
  }

  begin(beginning: RecordingBeginning): RecordingWriter {
    const { recordingId } = beginning;
    const parts: Int16Array[] = [];
    let taken = 0;
    let stage: 'open' | 'finished' | 'discarded' = 'open';
    const discard = (): void => {
      stage = 'discarded';
      this.open.delete(recordingId);
      this.kept.delete(recordingId);
    };
    const making = { beginning, discard, samples: 0 };
    this.open.set(recordingId, making);
    return {
      write: (samples) => {
        if (this.full || stage !== 'open') return false;
        parts.push(samples.slice());
        taken += samples.length;
        making.samples = taken;
        return true;
      },
      get audioBytes() { return taken * 2; },
      finish: async () => {
        await Promise.resolve();
        if (stage === 'finished') return this.kept.get(recordingId)?.recording ?? null;
        this.open.delete(recordingId);
        if (stage === 'discarded' || taken === 0) return null;
        stage = 'finished';
        const recording = { ...beginning, audioBytes: taken * 2, durationMs: durationOfBytes(taken * 2, beginning.sampleRateHz) };
        this.kept.set(recordingId, { recording, samples: Int16Array.from(parts.flatMap((part) => [...part])) });
        return recording;
      },
      discard: async () => { await Promise.resolve(); discard(); },
    };
  }

  list(tenantId: TenantId, { callId, number, from, to }: RecordingFilter, { limit, after }: { readonly limit: number; readonly after: string | null }): Promise<RecordingPage> {
    const all = this.of(tenantId).filter((recording) => (after === null || recording.recordingId < after) && (callId === undefined || recording.callId === callId)
      && (number === undefined || isOfNumber(recording, number)) && (from === undefined || recording.startedAt >= from) && (to === undefined || recording.startedAt < to));
    const recordings = all.slice(0, limit);
    return Promise.resolve({ recordings, next: all.length > limit ? recordings.at(-1)?.recordingId ?? null : null });
  }

  find(tenantId: TenantId, recordingId: string): Promise<Recording | null> {
    const recording = this.kept.get(recordingId)?.recording;
    return Promise.resolve(recording?.tenantId === tenantId ? recording : null);
  }

  async *read(tenantId: TenantId, recordingId: string, { first, last }: { readonly first: number; readonly last: number }): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    const kept = this.kept.get(recordingId);
    if (kept?.recording.tenantId !== tenantId) throw new PortError('no such recording', { code: 'recording-store/not-found', kind: 'not-found' });
    const wav = new Uint8Array(WAV_HEADER_BYTES + kept.samples.length * 2);
    wav.set(wavHeader({ sampleRateHz: kept.recording.sampleRateHz, channels: 2, samplesPerChannel: kept.samples.length / 2 }));
    wav.set(wavBytes(kept.samples), WAV_HEADER_BYTES);
    yield wav.subarray(first, last + 1);
  }

  erase(tenantId: TenantId, recordingId: string): Promise<boolean> {
    return Promise.resolve(this.kept.get(recordingId)?.recording.tenantId === tenantId && this.kept.delete(recordingId));
  }

  async eraseSubject(tenantId: TenantId, number: string): Promise<readonly Pick<Recording, 'recordingId' | 'callId'>[]> {
    const making = [...this.open.values()].filter(({ beginning }) => beginning.tenantId === tenantId && isOfNumber(beginning, number));
    for (const { discard } of making) discard();
    const complete = this.of(tenantId).filter((recording) => isOfNumber(recording, number));
    for (const { recordingId } of complete) await this.erase(tenantId, recordingId);
    return [...making.map(({ beginning }) => beginning), ...complete];
  }

  async eraseExpired(now: string, limit: number): Promise<readonly Recording[]> {
    const expired = [...this.kept.values()].map(({ recording }) => recording).filter(({ expiresAt }) => expiresAt <= now).slice(0, limit);
    for (const { tenantId, recordingId } of expired) await this.erase(tenantId, recordingId);
    return expired;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private of(tenantId: TenantId): readonly Recording[] {
    return [...this.kept.values()].map(({ recording }) => recording).filter((recording) => recording.tenantId === tenantId).sort((one, other) => (one.recordingId < other.recordingId ? 1 : -1));
  }
}
