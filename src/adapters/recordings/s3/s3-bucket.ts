import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import { deadline } from '../../../application/lifecycle/deadline.js';
import type { Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import { tampered } from '../sealed/recording-keys.js';
import { s3Failure } from './s3-errors.js';

export interface S3Account {
  /** Null: Amazon's own of the region. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`, as most servers that are not Amazon's want it. */
  readonly pathStyle: boolean;
}

export interface S3Limits {
  /** Silence of a connection. */
  readonly idleMs: number;
  /** All of a request but one that puts a file, repeats included. */
  readonly requestMs: number;
  /** Of one that puts a file: this, and more for its size. */
  readonly putMs: number;
}

export const S3_LIMITS: S3Limits = { idleMs: 10_000, requestMs: 20_000, putMs: 60_000 };
/** Slower than this is no connection to put recordings through: eight calls at 8 kHz make so much. */
const PUT_BYTES_PER_MS = 256;
/** Of requests without a file, by the SDK: S3 asks for it with 503. */
const ATTEMPTS_MAX = 3;
const CONNECTIONS_MAX = 32;
/** A thousand keys each. */
const PAGES_MAX = 1000;
const HASH_BYTES = 262_144;

interface Loaded {
  readonly sdk: Pick<typeof Sdk, 'PutObjectCommand' | 'GetObjectCommand' | 'ListObjectsV2Command' | 'DeleteObjectCommand'>;
  readonly client: Sdk.S3Client;
}

const nothing = (): void => undefined;

/** One bucket: bytes by key. Throws PortError `recording-store/*`. The SDK is loaded by the first request. */
export class S3Bucket {
  private loading: Promise<Loaded> | null = null;

  constructor(private readonly account: S3Account, private readonly clock: Clock, private readonly limits: S3Limits = S3_LIMITS) {}

  /** What S3 did not get whole, or not as it is in the file, it does not keep. Not repeated. */
  putFile(key: string, path: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    return this.within(this.limits.putMs + sizeBytes / PUT_BYTES_PER_MS, signal, async (limit) => {
      const handle = await open(path, 'r');
      try {
        const checksum = await sha256Of(handle, sizeBytes, limit);
        await this.putStream(key, { handle, sizeBytes, checksum }, limit);
      } finally {
        await handle.close();
      }
    });
  }

  putBytes(key: string, bytes: Buffer, signal: AbortSignal): Promise<void> {
    return this.within(this.limits.requestMs, signal, async (limit) => {
      const { sdk, client } = await this.sdk();
      const checksum = createHash('sha256').update(bytes).digest('base64');
      await client.send(new sdk.PutObjectCommand({ Bucket: this.account.bucket, Key: key, Body: bytes, ContentLength: bytes.length, ChecksumSHA256: checksum }), { abortSignal: limit });
    });
  }

  /** `range`: bytes, both included; null: all, which is some kilobytes. Throws `recording-store/not-found`. */
  get(key: string, range: { readonly first: number; readonly last: number } | null, signal: AbortSignal): Promise<Buffer> {
    return this.within(this.limits.requestMs, signal, async (limit) => {
      const { sdk, client } = await this.sdk();
      const { Body: body, ContentLength: bytes } = await client.send(new sdk.GetObjectCommand({
        Bucket: this.account.bucket, Key: key, ...(range === null ? {} : { Range: `bytes=${range.first}-${range.last}` }),
      }), { abortSignal: limit });
      const whole = await wholeBody(body as Readable, bytes, limit);
      if (range !== null && whole.length !== range.last - range.first + 1) throw tampered(); // it is shorter than its head says
      return whole;
    });
  }

  /** In the order of their bytes. */
  async *keys(prefix: string, signal: AbortSignal): AsyncGenerator<string> {
    let token: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const page = await this.within(this.limits.requestMs, signal, async (limit) => {
        const { sdk, client } = await this.sdk();
        return client.send(new sdk.ListObjectsV2Command({ Bucket: this.account.bucket, Prefix: prefix, ...(token === undefined ? {} : { ContinuationToken: token }) }), { abortSignal: limit });
      });
      for (const { Key: key } of page.Contents ?? []) if (key !== undefined) yield key;
      token = page.NextContinuationToken;
      if (page.IsTruncated !== true || token === undefined) return;
    }
    throw new PortError('more recordings than can be looked through', { code: 'recording-store/too-many', kind: 'rejected' });
  }

  /** Also one that is not there. */
  delete(key: string, signal: AbortSignal): Promise<void> {
    return this.within(this.limits.requestMs, signal, async (limit) => {
      const { sdk, client } = await this.sdk();
      await client.send(new sdk.DeleteObjectCommand({ Bucket: this.account.bucket, Key: key }), { abortSignal: limit });
    });
  }

  async close(): Promise<void> {
    (await this.loading?.catch(() => null))?.client.destroy();
  }

  private async putStream(key: string, { handle, sizeBytes, checksum }: { readonly handle: FileHandle; readonly sizeBytes: number; readonly checksum: string }, signal: AbortSignal): Promise<void> {
    const { sdk, client } = await this.sdk();
    const unreadable = new AbortController();
    const body = handle.createReadStream({ start: 0, end: sizeBytes - 1, autoClose: false });
    body.on('error', (error) => { unreadable.abort(error); });
    try {
      await client.send(new sdk.PutObjectCommand({ Bucket: this.account.bucket, Key: key, Body: body, ContentLength: sizeBytes, ChecksumSHA256: checksum }), { abortSignal: AbortSignal.any([signal, unreadable.signal]) });
    } finally {
      body.destroy();
    }
  }

  private async within<T>(limitMs: number, signal: AbortSignal, work: (limit: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const limit = deadline(this.clock, limitMs, signal);
    try {
      return await work(limit.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (limit.expired) throw new PortError('s3 did not answer in time', { code: 'recording-store/timeout', kind: 'timeout', cause: error });
      throw s3Failure(error);
    } finally {
      limit.clear();
    }
  }

  private sdk(): Promise<Loaded> {
    this.loading ??= import('@aws-sdk/client-s3').then((sdk) => ({ sdk, client: new sdk.S3Client(clientConfig(this.account, this.limits)) }));
    return this.loading;
  }
}

/** All settings are given, so that the SDK looks for none in the environment, in shared files or at a metadata server. */
function clientConfig({ endpoint, region, accessKeyId, secretAccessKey, pathStyle }: S3Account, { idleMs }: S3Limits) {
  return {
    region, endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS_MAX, retryMode: 'standard', defaultsMode: 'standard' as const, useDualstackEndpoint: false, useFipsEndpoint: false, userAgentAppId: '', authSchemePreference: [] as string[],
    sigv4aSigningRegionSet: [] as string[], disableS3ExpressSessionAuth: true, useArnRegion: false,
    // We send checksums of our own; servers that are not Amazon's do not know all of the SDK's.
    requestChecksumCalculation: 'WHEN_REQUIRED' as const, responseChecksumValidation: 'WHEN_REQUIRED' as const,
    requestHandler: { connectionTimeout: idleMs, socketTimeout: idleMs, httpAgent: { keepAlive: true, maxSockets: CONNECTIONS_MAX }, httpsAgent: { keepAlive: true, maxSockets: CONNECTIONS_MAX } },
    logger: { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }, // else it writes to the console
  };
}

async function sha256Of(handle: FileHandle, sizeBytes: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(Math.min(HASH_BYTES, sizeBytes));
  for (let done = 0; done < sizeBytes;) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, sizeBytes - done), done);
    if (bytesRead === 0) throw new Error('the file became shorter');
    hash.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return hash.digest('base64');
}

/** A connection may end in the middle as if all were well. */
async function wholeBody(body: Readable, bytes: number | undefined, signal: AbortSignal): Promise<Buffer> {
  const stop = (): void => { body.destroy(new Error('aborted')); };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const whole = Buffer.concat(await body.toArray() as Buffer[]);
    if (bytes !== undefined && whole.length !== bytes) throw new PortError('s3 gave another number of bytes', { code: 'recording-store/unavailable', kind: 'unavailable' });
    return whole;
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}
