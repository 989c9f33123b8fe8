import { setImmediate } from 'node:timers/promises';
import type { Logger } from '../../../application/ports/logger.js';
import { codeOf, isPortError } from '../../../application/ports/port-error.js';
import type { Recording } from '../../../domain/recording/recording.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import type { RecordingContainer } from '../file/file-recording-store.js';
import { KnownRecordings } from '../file/known-recordings.js';
import { isRecordingId } from '../file/recording-paths.js';
import { HEADER_BYTES_MAX, HEAD_PREFIX_BYTES, parseHead } from '../sealed/recording-container.js';
import { type RecordingKeys, tampered } from '../sealed/recording-keys.js';
import { recordingOf, StoredRecording } from '../sealed/stored-recording.js';
import { audioKey, type BucketKeys, headKey } from './bucket-keys.js';
import { BucketSource } from './bucket-source.js';
import { firstBytesOf } from './first-bytes.js';
import type { S3Bucket } from './s3-bucket.js';

const SIZE_BYTES = 8;
/** Heads asked for at one time. */
const LOOKS_MAX = 8;
/** Looks between which others get their turn: for known ones the bucket is not waited for. */
const LOOKS_AT_ONCE = 64 * LOOKS_MAX;

/** What the bucket has under one stem. `complete`: its head came, so that it is found. */
interface Entry {
  readonly stem: string;
  readonly recordingId: string;
  readonly expiresAtMs: number;
  readonly complete: boolean;
}

/** `isLast`: there is none after it. */
export interface Looked {
  readonly recording: Recording;
  readonly isLast: boolean;
}

export interface BucketRecordingsOptions {
  readonly bucket: S3Bucket;
  readonly names: BucketKeys;
  readonly keys: RecordingKeys | null;
  readonly logger: Logger;
}

/** Recordings in a bucket: two objects each, of which the head comes last and goes last. In memory is only what was read of heads that are still there. */
export class BucketRecordings {
  private readonly known = new KnownRecordings();

  constructor(private readonly options: BucketRecordingsOptions) {}

  /** Complete when it resolves. May be repeated. */
  async put({ path, sizeBytes, headBytes, recording }: RecordingContainer, signal: AbortSignal): Promise<void> {
    const { bucket, names } = this.options;
    const stem = names.stem(recording);
    const size = Buffer.alloc(SIZE_BYTES);
    size.writeBigUInt64BE(BigInt(sizeBytes));
    const head = Buffer.concat([await firstBytesOf(path, headBytes), size]);
    await bucket.putFile(audioKey(stem), path, sizeBytes, signal);
    await bucket.putBytes(headKey(stem), head, signal);
  }

  /** Newest first, those older than `after`; of others than `mayBe` wants no head is asked for. One that cannot be read is told and passed over. */
  async *newestFirst(tenantId: TenantId, { after, mayBe }: { readonly after: string | null; readonly mayBe: (recordingId: string) => boolean }, signal: AbortSignal): AsyncGenerator<Looked> {
    const there: Entry[] = [];
    const tenant = this.options.names.tenant(tenantId);
    for await (const entry of this.entries(tenant, signal)) if (entry.complete) there.push(entry);
    this.known.keep(tenant, there.map(({ stem }) => stem));
    const entries = there.reverse().filter(({ recordingId }) => (after === null || recordingId < after) && mayBe(recordingId));
    for (let at = 0; at < entries.length; at += LOOKS_MAX) {
      if (at % LOOKS_AT_ONCE === 0) await setImmediate();
      const looked = await Promise.all(entries.slice(at, at + LOOKS_MAX).map((entry) => this.look(entry, signal)));
      for (const [index, recording] of looked.entries()) if (recording !== null) yield { recording, isLast: at + index + 1 === entries.length };
    }
  }

  async find(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<Recording | null> {
    const entry = await this.entryOf(tenantId, recordingId, signal);
    return entry === null ? null : (await this.head(entry, signal))?.recording ?? null;
  }

  /** Null: there is none. The caller closes it. */
  async open(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<StoredRecording | null> {
    const entry = await this.entryOf(tenantId, recordingId, signal);
    return entry === null ? null : (await this.head(entry, signal))?.open() ?? null;
  }

  /** Whether there was one. Also removes what was never complete. */
  async erase(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<boolean> {
    if (!isRecordingId(recordingId)) return false;
    let existed = false;
    for await (const entry of this.entries(this.options.names.recording(tenantId, recordingId), signal)) {
      await this.remove(entry, signal);
      existed ||= entry.complete;
    }
    return existed;
  }

  /** Of any tenant. When the bucket fails in the middle, those erased so far are returned: the next sweep takes the others. */
  async eraseExpired(nowMs: number, limit: number, signal: AbortSignal): Promise<readonly Recording[]> {
    const { names, logger } = this.options;
    const erased: Recording[] = [];
    try {
      for await (const entry of this.entries(names.prefix, signal)) {
        if (erased.length >= limit) break;
        if (entry.expiresAtMs > nowMs) continue;
        const recording = entry.complete ? await this.look(entry, signal) : null;
        await this.remove(entry, signal);
        if (recording !== null) erased.push(recording);
      }
    } catch (error) {
      if (erased.length === 0) throw error;
      logger.warn('recordings in the bucket not all swept: tried again later', { code: codeOf(error) }, error);
    }
    return erased;
  }

  private async entryOf(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<Entry | null> {
    if (!isRecordingId(recordingId)) return null;
    for await (const entry of this.entries(this.options.names.recording(tenantId, recordingId), signal)) if (entry.complete) return entry;
    return null;
  }

  /** Keys come in order: both of one recording one after the other. */
  private async *entries(prefix: string, signal: AbortSignal): AsyncGenerator<Entry> {
    let pending: readonly Entry[] = []; // one at most
    for await (const key of this.options.bucket.keys(prefix, signal)) {
      const parsed = this.options.names.parse(key);
      if (parsed === null) continue; // somebody else's
      const { stem, recordingId, expiresAtMs, kind } = parsed;
      const [last] = pending;
      if (last !== undefined && last.stem !== stem) yield last;
      pending = [{ stem, recordingId, expiresAtMs, complete: kind === 'head' || (last?.stem === stem && last.complete) }];
    }
    yield* pending;
  }

  /** The audio first: what is left of an erasure that fails is still found, and erased by the next. */
  private async remove({ stem }: Entry, signal: AbortSignal): Promise<void> {
    this.known.forget(tenantOf(stem), stem);
    await this.options.bucket.delete(audioKey(stem), signal);
    await this.options.bucket.delete(headKey(stem), signal);
  }

  /** Of one that the bucket has. */
  private async look(entry: Entry, signal: AbortSignal): Promise<Recording | null> {
    const { stem } = entry;
    const known = this.known.get(tenantOf(stem), stem);
    if (known !== null) return known;
    try {
      const recording = (await this.head(entry, signal))?.recording ?? null;
      if (recording !== null) this.known.put(tenantOf(stem), stem, recording);
      return recording;
    } catch (error) {
      if (!isPortError(error) || !['recording-store/tampered', 'recording-store/unreadable'].includes(error.code)) throw error;
      this.options.logger.warn('a recording cannot be read', { recordingId: entry.recordingId, code: error.code });
      return null;
    }
  }

  /** Null: it was erased meanwhile. One that lies in another's place is none. */
  private async head({ stem }: Entry, signal: AbortSignal): Promise<{ readonly recording: Recording; open(): StoredRecording } | null> {
    const { bucket, keys } = this.options;
    const bytes = await orNull(bucket.get(headKey(stem), null, signal));
    if (bytes === null) return null;
    if (bytes.length < HEAD_PREFIX_BYTES + SIZE_BYTES || bytes.length > HEAD_PREFIX_BYTES + HEADER_BYTES_MAX + SIZE_BYTES) throw tampered();
    const head = parseHead(bytes.subarray(0, bytes.length - SIZE_BYTES), keys);
    const sizeBytes = Number(bytes.readBigUInt64BE(bytes.length - SIZE_BYTES));
    if (head.headBytes !== bytes.length - SIZE_BYTES || this.options.names.stem(head.beginning) !== stem) throw tampered();
    return { recording: recordingOf(head, sizeBytes), open: () => new StoredRecording(new BucketSource(bucket, audioKey(stem), sizeBytes), head, sizeBytes) };
  }
}

/** The tenant as its keys begin. */
function tenantOf(stem: string): string {
  return stem.slice(0, stem.lastIndexOf('/') + 1);
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'recording-store/not-found') return null;
    throw error;
  }
}
