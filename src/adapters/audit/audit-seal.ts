import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What the first line of a chain says is before it. */
export const NOTHING_BEFORE = '0'.repeat(64);

/**
 * Makes digests. Without a key: SHA-256, which shows accidents and clumsy hands; whoever may write the files can compute it anew.
 * With a key: HMAC-SHA-256, which takes the key.
 */
export class AuditSeal {
  /** Names the key without giving it away: begin of a digest made with it; `none` without. */
  readonly keyId: string;

  constructor(private readonly key: string | null) {
    this.keyId = key === null ? 'none' : this.digest('audit key').slice(0, 16);
  }

  /** 64 digits of hex. */
  digest(text: string | Uint8Array): string {
    return (this.key === null ? createHash('sha256') : createHmac('sha256', this.key)).update(text).digest('hex');
  }

  fits(text: string | Uint8Array, digest: string): boolean {
    const right = this.digest(text);
    return right.length === digest.length && timingSafeEqual(Buffer.from(right), Buffer.from(digest));
  }
}
