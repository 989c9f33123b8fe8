import { type open, rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from '../../../application/ports/logger.js';
import { codeOf, isPortError, PortError } from '../../../application/ports/port-error.js';
import type { RecordingFilter, RecordingPage, RecordingStore, RecordingWriter } from '../../../application/ports/recording-store.js';
import { isOfNumber, mayHaveId, type Recording, type RecordingBeginning } from '../../../domain/recording/recording.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import type { RecordingKeys } from '../sealed/recording-keys.js';
import type { StoredRecording } from '../sealed/stored-recording.js';
import { FileRecordingWriter, type WriterPaths } from './file-recording-writer.js';
import { KnownRecordings } from './known-recordings.js';
import { openRecordingFile } from './recording-file.js';
import { isRecordingId, RecordingPaths } from './recording-paths.js';
import { completeTorn } from './torn-recording.js';

export interface FileRecordingStoreOptions {
  readonly directory: string;
  /** Nodes may share a directory: each takes up its own torn recordings only. */
  readonly nodeName: string;
  /** Null: recordings lie open on the disk. */
  readonly keys: RecordingKeys | null;
  readonly logger: Logger;
  /** A disk that fails on purpose, or is watched, in tests. */
  readonly openFile?: typeof open;
}

/** A complete recording as the file that holds it. */
export interface RecordingContainer {
  readonly path: string;
  readonly sizeBytes: number;
  /** The first bytes of the file are the container's head. */
  readonly headBytes: number;
  readonly recording: Recording;
}

/** Known recordings looked at before others get their turn: no disk is waited for in between. */
const LOOKS_AT_ONCE = 500;

/** Recordings as files, one each. What is on the disk is what there is; in memory is only what was read of files that are still there. */
export class FileRecordingStore implements RecordingStore {
  private readonly paths: RecordingPaths;
  private readonly writers = new Set<FileRecordingWriter>();
  private readonly known = new KnownRecordings();
  private looks = 0;

  private constructor(private readonly options: FileRecordingStoreOptions) {
    this.paths = new RecordingPaths(options.directory, options.nodeName);
  }

  /**
   * Completes or removes what a crash has torn; see `recovered`.
   *
   * @throws PortError `recording-store/unavailable` when the directory is there and cannot be read.
   */
  static async open(options: FileRecordingStoreOptions, signal: AbortSignal): Promise<{ readonly store: FileRecordingStore; readonly recovered: readonly Recording[] }> {
    const store = new FileRecordingStore(options);
    return { store, recovered: await guarded(() => store.recover(signal)) };
  }

  begin(beginning: RecordingBeginning): RecordingWriter {
    const { keys, openFile } = this.options;
    const writer = new FileRecordingWriter(beginning, this.paths.of(beginning.tenantId, beginning.recordingId), keys, openFile);
    this.writers.add(writer);
    const forget = (): void => { this.writers.delete(writer); };
    return {
      write: (samples) => writer.write(samples),
      get audioBytes() { return writer.audioBytes; },
      finish: () => writer.finish().finally(forget),
      discard: () => writer.discard().finally(forget),
    };
  }

  list(tenantId: TenantId, filter: RecordingFilter, { limit, after }: { readonly limit: number; readonly after: string | null }, signal: AbortSignal): Promise<RecordingPage> {
    return guarded(async () => {
      const recordings: Recording[] = [];
      for (const recordingId of (await this.ids(tenantId)).filter((id) => (after === null || id < after) && mayHaveId(id, filter))) {
        signal.throwIfAborted();
        if (recordings.length >= limit) return { recordings, next: recordings.at(-1)?.recordingId ?? null };
        const recording = await this.look(tenantId, recordingId);
        if (recording !== null && matches(recording, filter)) recordings.push(recording);
      }
      return { recordings, next: null };
    });
  }

  find(tenantId: TenantId, recordingId: string): Promise<Recording | null> {
    return guarded(async () => {
      const file = await this.openRecording(tenantId, recordingId);
      await file?.close();
      return file?.recording ?? null;
    });
  }

  async *read(tenantId: TenantId, recordingId: string, range: { readonly first: number; readonly last: number }): AsyncGenerator<Uint8Array> {
    const file = await guarded(() => this.openRecording(tenantId, recordingId));
    if (file === null) throw new PortError('no such recording', { code: 'recording-store/not-found', kind: 'not-found' });
    try {
      yield* file.read(range);
    } catch (error) {
      throw failureOf(error);
    } finally {
      await file.close();
    }
  }

  erase(tenantId: TenantId, recordingId: string): Promise<boolean> {
    return guarded(async () => {
      if (!isRecordingId(recordingId)) return false;
      this.known.forget(tenantId, recordingId);
      try {
        await rm(this.paths.of(tenantId, recordingId).complete);
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    });
  }

  eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly Pick<Recording, 'recordingId' | 'callId'>[]> {
    return guarded(async () => {
      const erased: Pick<Recording, 'recordingId' | 'callId'>[] = [];
      for (const writer of this.writers) {
        if (writer.beginning.tenantId !== tenantId || !isOfNumber(writer.beginning, number)) continue;
        await writer.discard();
        erased.push(writer.beginning);
      }
      for await (const recording of this.all(tenantId, signal)) {
        if (isOfNumber(recording, number) && await this.erase(tenantId, recording.recordingId)) erased.push(recording);
      }
      return erased;
    });
  }

  eraseExpired(now: string, limit: number, signal: AbortSignal): Promise<readonly Recording[]> {
    return guarded(async () => {
      const erased: Recording[] = [];
      const nowMs = Date.parse(now);
      for (const tenant of await this.paths.tenants()) {
        for await (const recording of this.all(tenant, signal)) {
          if (erased.length >= limit) return erased;
          if (Date.parse(recording.expiresAt) <= nowMs && await this.erase(tenant, recording.recordingId)) erased.push(recording);
        }
      }
      return erased;
    });
  }

  /** All complete ones of all tenants, oldest first, read or not. */
  complete(): Promise<readonly Pick<Recording, 'tenantId' | 'recordingId'>[]> {
    return guarded(async () => {
      const found: Pick<Recording, 'tenantId' | 'recordingId'>[] = [];
      for (const tenant of await this.paths.tenants()) for (const recordingId of await this.paths.complete(tenant)) found.push({ tenantId: tenant, recordingId });
      return found.sort((one, other) => (one.recordingId < other.recordingId ? -1 : 1));
    });
  }

  /** Null: there is none. @throws PortError `recording-store/*` when its head cannot be read. */
  container(tenantId: TenantId, recordingId: string): Promise<RecordingContainer | null> {
    return guarded(async () => {
      const file = await this.openRecording(tenantId, recordingId);
      if (file === null) return null;
      await file.close();
      const { sizeBytes, headBytes, recording } = file;
      return { path: this.paths.of(tenantId, recordingId).complete, sizeBytes, headBytes, recording };
    });
  }

  async close(): Promise<void> {
    const results = await Promise.allSettled([...this.writers].map((writer) => writer.finish()));
    for (const result of results) if (result.status === 'rejected') this.options.logger.warn('a recording is left to the next start', {}, result.reason);
  }

  private async *all(tenantId: TenantId, signal: AbortSignal): AsyncGenerator<Recording> {
    for (const recordingId of await this.ids(tenantId)) {
      signal.throwIfAborted();
      const recording = await this.look(tenantId, recordingId);
      if (recording !== null) yield recording;
    }
  }

  /** Newest first, as the disk has them now. */
  private async ids(tenantId: TenantId): Promise<readonly string[]> {
    const ids = await this.paths.complete(tenantId);
    this.known.keep(tenantId, ids);
    return ids;
  }

  /** One that the disk has. One that cannot be read is told and passed over: the others are still to be found. */
  private async look(tenantId: TenantId, recordingId: string): Promise<Recording | null> {
    this.looks += 1;
    if (this.looks % LOOKS_AT_ONCE === 0) await setImmediate();
    const known = this.known.get(tenantId, recordingId);
    if (known !== null) return known;
    try {
      const file = await this.openRecording(tenantId, recordingId);
      await file?.close();
      if (file !== null) this.known.put(tenantId, recordingId, file.recording);
      return file?.recording ?? null;
    } catch (error) {
      if (!isPortError(error)) throw error;
      this.options.logger.warn('a recording cannot be read', { recordingId, tenantId, code: error.code });
      return null;
    }
  }

  private async openRecording(tenantId: TenantId, recordingId: string): Promise<StoredRecording | null> {
    if (!isRecordingId(recordingId)) return null;
    try {
      return await openRecordingFile(this.paths.of(tenantId, recordingId).complete, this.options.keys, this.options.openFile);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  private async recover(signal: AbortSignal): Promise<readonly Recording[]> {
    const recovered: Recording[] = [];
    for (const tenant of await this.paths.tenants()) {
      for (const paths of await this.paths.torn(tenant)) {
        signal.throwIfAborted();
        const recording = await this.takeUp(paths);
        if (recording !== null) recovered.push(recording);
      }
    }
    return recovered;
  }

  /** One that cannot be taken up, perhaps for lack of its key, waits for a start that can. */
  private async takeUp(paths: WriterPaths): Promise<Recording | null> {
    const { keys, logger } = this.options;
    try {
      if (!await completeTorn(paths, keys)) return null;
      const file = await openRecordingFile(paths.complete, keys);
      await file.close();
      return file.recording;
    } catch (error) {
      logger.warn('a torn recording stays as it is', { code: codeOf(error) }, error);
      return null;
    }
  }
}

export function matches(recording: Recording, { callId, number, from, to }: RecordingFilter): boolean {
  const beganMs = Date.parse(recording.startedAt);
  return (callId === undefined || recording.callId === callId) && (number === undefined || isOfNumber(recording, number))
    && (from === undefined || beganMs >= Date.parse(from)) && (to === undefined || beganMs < Date.parse(to));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): unknown {
  if (isPortError(error) || (error instanceof Error && error.name === 'AbortError')) return error;
  return new PortError('recordings cannot be reached', { code: 'recording-store/unavailable', kind: 'unavailable', cause: error });
}
