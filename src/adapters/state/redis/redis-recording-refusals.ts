import { createHmac, randomBytes } from 'node:crypto';
import type { RecordingRefusals } from '../../../application/ports/recording-refusals.js';
import { digitsOf } from '../../../domain/recording/recording.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { ADD_REFUSAL, HAS_REFUSAL, HASH_KEY } from './scripts/refusals.js';

const PORT = 'recording-refusals';
const KEY_BYTES = 32;
/** A number changes hands; who refused and has it still says so again. */
const REFUSAL_TTL_MS = 5 * 365 * 86_400_000;

/** Who refused, for all nodes. The key of the hashes is made by the first node and lies beside them. */
export class RedisRecordingRefusals implements RecordingRefusals {
  /** The connection stays the opener's to close. */
  constructor(private readonly connection: RedisConnection, private readonly keys: RedisKeys) {}

  async has(tenantId: TenantId, number: string, signal: AbortSignal): Promise<boolean> {
    const key = await this.keyOf(tenantId, number, signal);
    return key !== null && await this.connection.run({ port: PORT, script: HAS_REFUSAL, keys: [key], args: [], signal }) === 1;
  }

  async add(tenantId: TenantId, number: string, signal: AbortSignal): Promise<void> {
    const key = await this.keyOf(tenantId, number, signal);
    if (key !== null) await this.connection.run({ port: PORT, script: ADD_REFUSAL, keys: [key], args: [REFUSAL_TTL_MS], signal });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The key is asked for each time: a Redis that has lost its data has another one. */
  private async keyOf(tenantId: TenantId, number: string, signal: AbortSignal): Promise<string | null> {
    const digits = digitsOf(number);
    if (digits === '') return null;
    const hashKey = String(await this.connection.run({
      port: PORT, script: HASH_KEY, keys: [this.keys.refusalsHashKey], args: [randomBytes(KEY_BYTES).toString('hex'), REFUSAL_TTL_MS], signal,
    }));
    return this.keys.refusalPrefix + createHmac('sha256', hashKey).update(`${tenantId}\0${digits}`).digest('hex');
  }
}
