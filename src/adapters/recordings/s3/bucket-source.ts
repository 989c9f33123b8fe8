import type { ContainerSource } from '../sealed/stored-recording.js';
import { tampered } from '../sealed/recording-keys.js';
import type { S3Bucket } from './s3-bucket.js';

/** Asked for at once: a few seconds of audio. */
const WINDOW_BYTES = 262_144;

/** A container in the bucket. Holds one window of it: whoever reads on asks for the next one. */
export class BucketSource implements ContainerSource {
  private window: Buffer = Buffer.alloc(0);
  private windowAt = 0;
  private readonly closed = new AbortController();

  constructor(private readonly bucket: S3Bucket, private readonly key: string, private readonly sizeBytes: number) {}

  async read(position: number, length: number): Promise<Buffer> {
    if (position + length > this.sizeBytes) throw tampered();
    if (position < this.windowAt || position + length > this.windowAt + this.window.length) {
      const last = Math.min(this.sizeBytes, position + Math.max(length, WINDOW_BYTES)) - 1;
      this.window = await this.bucket.get(this.key, { first: position, last }, this.closed.signal);
      this.windowAt = position;
    }
    return this.window.subarray(position - this.windowAt, position - this.windowAt + length);
  }

  close(): Promise<void> {
    this.closed.abort();
    this.window = Buffer.alloc(0);
    return Promise.resolve();
  }
}
