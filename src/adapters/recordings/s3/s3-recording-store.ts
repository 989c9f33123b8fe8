import type { Clock } from '../../../application/ports/clock.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import { codeOf, isPortError, PortError } from '../../../application/ports/port-error.js';
import type { RecordingFilter, RecordingPage, RecordingStore, RecordingWriter } from '../../../application/ports/recording-store.js';
import { isOfNumber, mayHaveId, type Recording, type RecordingBeginning } from '../../../domain/recording/recording.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import { type FileRecordingStore, matches } from '../file/file-recording-store.js';
import type { RecordingKeys } from '../sealed/recording-keys.js';
import { BucketKeys } from './bucket-keys.js';
import { BucketRecordings } from './bucket-recordings.js';
import { RecordingUploads, type UploadRetry, type Waiting } from './recording-uploads.js';
import { type S3Account, S3Bucket, type S3Limits } from './s3-bucket.js';

export interface S3RecordingStoreOptions {
  /** Where recordings are made and wait; this process's alone. The store closes it. */
  readonly local: FileRecordingStore;
  readonly account: S3Account;
  /** Of all keys; may be empty. */
  readonly prefix: string;
  readonly keys: RecordingKeys | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits?: S3Limits;
  readonly retry?: UploadRetry;
}

type Erased = Pick<Recording, 'recordingId' | 'callId'>;

/**
 * Recordings that are made on the disk and moved to a bucket when they are complete. The disk is always asked first, since they go from
 * there to the bucket only; and erased last, so that an erasure that the bucket did not take is not half done.
 */
export class S3RecordingStore implements RecordingStore {
  private readonly local: FileRecordingStore;
  private readonly bucket: S3Bucket;
  private readonly remote: BucketRecordings;
  private readonly uploads: RecordingUploads;
  private readonly logger: Logger;

  private constructor({ local, account, prefix, keys, clock, logger, metrics, limits, retry }: S3RecordingStoreOptions) {
    this.logger = logger;
    this.local = local;
    this.bucket = new S3Bucket(account, clock, limits);
    this.remote = new BucketRecordings({ bucket: this.bucket, names: new BucketKeys(prefix), keys, logger });
    this.uploads = new RecordingUploads({ waiting: () => local.complete(), put: (waiting, signal) => this.move(waiting, signal), clock, logger, metrics, retry });
  }

  /** Goes on with what an earlier process has left on the disk. Waits for nothing. */
  static open(options: S3RecordingStoreOptions): S3RecordingStore {
    const store = new S3RecordingStore(options);
    store.uploads.start();
    return store;
  }

  begin(beginning: RecordingBeginning): RecordingWriter {
    const writer = this.local.begin(beginning);
    const { tenantId, recordingId } = beginning;
    let complete = false;
    return {
      write: (samples) => writer.write(samples),
      get audioBytes() { return writer.audioBytes; },
      finish: async () => {
        complete = true; // it may be on its way to the bucket from here on
        const recording = await writer.finish();
        complete = recording !== null;
        this.uploads.wake();
        return recording;
      },
      discard: () => this.uploads.without(recordingId, async () => {
        await writer.discard();
        if (complete) await this.remote.erase(tenantId, recordingId, new AbortController().signal);
      }),
    };
  }

  async list(tenantId: TenantId, filter: RecordingFilter, page: { readonly limit: number; readonly after: string | null }, signal: AbortSignal): Promise<RecordingPage> {
    const here = await this.local.list(tenantId, filter, page, signal);
    const found = new Map(here.recordings.map((recording) => [recording.recordingId, recording]));
    let [there, isMore] = [0, here.next !== null];
    for await (const { recording, isLast } of this.remote.newestFirst(tenantId, { after: page.after, mayBe: (id) => mayHaveId(id, filter) }, signal)) {
      if (!matches(recording, filter)) continue;
      found.set(recording.recordingId, recording);
      there += 1;
      if (there < page.limit) continue;
      isMore ||= !isLast;
      break;
    }
    const all = [...found.values()].sort((one, other) => (one.recordingId < other.recordingId ? 1 : -1));
    const recordings = all.slice(0, page.limit);
    return { recordings, next: all.length > page.limit || isMore ? recordings.at(-1)?.recordingId ?? null : null };
  }

  async find(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<Recording | null> {
    return await this.local.find(tenantId, recordingId) ?? await this.remote.find(tenantId, recordingId, signal);
  }

  async *read(tenantId: TenantId, recordingId: string, range: { readonly first: number; readonly last: number }): AsyncGenerator<Uint8Array> {
    let begun = false;
    try {
      for await (const part of this.local.read(tenantId, recordingId, range)) {
        begun = true;
        yield part;
      }
      return;
    } catch (error) {
      if (begun || codeOf(error) !== 'recording-store/not-found') throw error;
    }
    const stored = await this.remote.open(tenantId, recordingId, new AbortController().signal);
    if (stored === null) throw new PortError('no such recording', { code: 'recording-store/not-found', kind: 'not-found' });
    try {
      yield* stored.read(range);
    } finally {
      await stored.close();
    }
  }

  erase(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<boolean> {
    return this.uploads.without(recordingId, async () => {
      const there = await this.remote.erase(tenantId, recordingId, signal);
      return await this.local.erase(tenantId, recordingId) || there;
    });
  }

  eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly Erased[]> {
    return this.uploads.without(null, async () => {
      const erased = new Map<string, Erased>();
      for await (const { recording } of this.remote.newestFirst(tenantId, { after: null, mayBe: () => true }, signal)) {
        if (!isOfNumber(recording, number)) continue;
        if (await this.remote.erase(tenantId, recording.recordingId, signal)) erased.set(recording.recordingId, recording);
      }
      // Those on the disk may be in the bucket already, or half of them.
      const waiting = await this.local.list(tenantId, { number }, { limit: Infinity, after: null }, signal);
      for (const { recordingId } of waiting.recordings) await this.remote.erase(tenantId, recordingId, signal);
      for (const recording of await this.local.eraseSubject(tenantId, number, signal)) erased.set(recording.recordingId, recording);
      return [...erased.values()];
    });
  }

  async eraseExpired(now: string, limit: number, signal: AbortSignal): Promise<readonly Recording[]> {
    const here = await this.uploads.without(null, async () => {
      const erased = await this.local.eraseExpired(now, limit, signal);
      await this.eraseTwins(erased, signal);
      return erased;
    });
    if (here.length >= limit) return here;
    try {
      const there = await this.remote.eraseExpired(Date.parse(now), limit - here.length, signal);
      return [...here, ...there.filter(({ recordingId }) => here.every((recording) => recording.recordingId !== recordingId))];
    } catch (error) {
      if (here.length === 0) throw error;
      return here; // to be told of; the next sweep meets the bucket again
    }
  }

  async close(): Promise<void> {
    await this.local.close();
    await this.uploads.close();
    await this.bucket.close();
  }

  /** Those from the disk may be in the bucket already, or half of them. While the bucket fails they stay for its own sweep. */
  private async eraseTwins(erased: readonly Recording[], signal: AbortSignal): Promise<void> {
    try {
      for (const { tenantId, recordingId } of erased) await this.remote.erase(tenantId, recordingId, signal);
    } catch (error) {
      this.logger.warn('expired recordings may be in the bucket too: its next sweep takes them', { code: codeOf(error) }, error);
    }
  }

  private async move({ tenantId, recordingId }: Waiting, signal: AbortSignal): Promise<void> {
    const container = await this.containerOf({ tenantId, recordingId });
    if (container === null) return;
    await this.remote.put(container, signal);
    signal.throwIfAborted();
    await this.local.erase(tenantId, recordingId);
  }

  /** One that cannot be read, perhaps for lack of its key, stays on the disk. */
  private async containerOf({ tenantId, recordingId }: Waiting) {
    try {
      return await this.local.container(tenantId, recordingId);
    } catch (error) {
      if (isPortError(error) && ['recording-store/tampered', 'recording-store/unreadable'].includes(error.code)) return null;
      throw error;
    }
  }
}
