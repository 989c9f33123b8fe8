import { createHash } from 'node:crypto';
import { IDEMPOTENCY_TTL_MS, type IdempotencyClaim, type IdempotencyKey, type IdempotencyKeys } from '../../../application/ports/idempotency-keys.js';
import { type CallId, callId as callIdOf } from '../../../domain/shared/ids.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { CLAIM_KEY, FORGET_KEY } from './scripts/idempotency.js';

const PORT = 'idempotency-keys';

/** Which request a key belongs to, over all nodes. Keys and requests are kept as digests: both come from outside, and requests name people. */
export class RedisIdempotencyKeys implements IdempotencyKeys {
  /** The connection stays the opener's to close. */
  constructor(private readonly connection: RedisConnection, private readonly keys: RedisKeys) {}

  async claim(key: IdempotencyKey, { fingerprint, callId }: { readonly fingerprint: string; readonly callId: CallId }, signal: AbortSignal): Promise<IdempotencyClaim> {
    const request = digestOf(fingerprint);
    const reply = await this.connection.run({ port: PORT, script: CLAIM_KEY, keys: [this.nameOf(key)], args: [callId, request, IDEMPOTENCY_TTL_MS], signal });
    const [owner, first, fresh] = reply as readonly [string, string, number];
    return { callId: callIdOf(owner), fresh: fresh === 1, same: first === request };
  }

  async forget(key: IdempotencyKey, callId: CallId, signal: AbortSignal): Promise<void> {
    await this.connection.run({ port: PORT, script: FORGET_KEY, keys: [this.nameOf(key)], args: [callId], signal });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private nameOf({ tenantId, key }: IdempotencyKey): string {
    return `${this.keys.idempotencyPrefix}${tenantId}:${digestOf(key)}`;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
