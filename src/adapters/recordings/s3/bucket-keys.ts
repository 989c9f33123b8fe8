import { createHash } from 'node:crypto';
import type { Recording } from '../../../domain/recording/recording.js';
import type { TenantId } from '../../../domain/shared/ids.js';

const TENANT_CHARACTERS = 32;
const FORM = /^t([0-9a-f]{32})\/([0-9A-Za-z]{1,64})\.([0-9a-z]{1,11})\.(audio|head)$/u;

/** What a key says. Both objects of a recording have the same `stem`, and no other object has it. */
export interface BucketKey {
  readonly stem: string;
  readonly recordingId: string;
  readonly expiresAtMs: number;
  readonly kind: 'audio' | 'head';
}

/**
 * Keys of a recording's two objects: `<prefix>t<hash of the tenant>/<recording>.<expiry>.audio` (the container) and `….head` (its head
 * and its size), by which it is found. No number, no name is in a key; the expiry (milliseconds, base 36) is, so that the sweep asks
 * for what has expired only, and also finds an audio whose head never came.
 */
export class BucketKeys {
  /** `prefix`: of all keys, as it is; may be empty. */
  constructor(readonly prefix: string) {}

  stem({ tenantId, recordingId, expiresAt }: Pick<Recording, 'tenantId' | 'recordingId' | 'expiresAt'>): string {
    return `${this.recording(tenantId, recordingId)}${Date.parse(expiresAt).toString(36)}`;
  }

  tenant(tenantId: TenantId): string {
    return `${this.prefix}t${createHash('sha256').update('voice-gateway tenant\0').update(tenantId).digest('hex').slice(0, TENANT_CHARACTERS)}/`;
  }

  /** What the keys of one recording begin with. */
  recording(tenantId: TenantId, recordingId: string): string {
    return `${this.tenant(tenantId)}${recordingId}.`;
  }

  /** Null: it is none of ours. */
  parse(key: string): BucketKey | null {
    const parts = key.startsWith(this.prefix) ? FORM.exec(key.slice(this.prefix.length)) : null;
    const [, , recordingId, expiry, kind] = parts ?? [];
    if (recordingId === undefined || expiry === undefined) return null;
    const named = kind === 'head' ? 'head' : 'audio';
    return { stem: key.slice(0, -named.length - 1), recordingId, expiresAtMs: parseInt(expiry, 36), kind: named };
  }
}

export const audioKey = (stem: string): string => `${stem}.audio`;
export const headKey = (stem: string): string => `${stem}.head`;
