import { type CallSlot, type CallSlots, SLOT_TTL_MS } from '../../../application/ports/call-slots.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import type { RedisConnection, RedisScript } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { ACQUIRE_SLOT, COUNT_SLOTS, RELEASE_SLOT, RENEW_SLOTS } from './scripts/slots.js';

const PORT = 'call-slots';
/** Slots renewed by one script. */
const RENEWED_MAX = 500;

/** Calls of a tenant over all nodes: leases in Redis, by its clock. */
export class RedisCallSlots implements CallSlots {
  /** The connection stays the opener's to close. */
  constructor(private readonly connection: RedisConnection, private readonly keys: RedisKeys) {}

  async acquire({ tenantId, callId }: CallSlot, max: number, signal: AbortSignal): Promise<boolean> {
    return await this.run(ACQUIRE_SLOT, [this.keyOf(tenantId)], [callId, max, SLOT_TTL_MS], signal) === 1;
  }

  async renew(slots: readonly CallSlot[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < slots.length; from += RENEWED_MAX) {
      const some = slots.slice(from, from + RENEWED_MAX);
      await this.run(RENEW_SLOTS, some.map(({ tenantId }) => this.keyOf(tenantId)), [SLOT_TTL_MS, ...some.map(({ callId }) => callId)], signal);
    }
  }

  async release({ tenantId, callId }: CallSlot, signal: AbortSignal): Promise<void> {
    await this.run(RELEASE_SLOT, [this.keyOf(tenantId)], [callId], signal);
  }

  async inUse(tenantId: TenantId, signal: AbortSignal): Promise<number> {
    return Number(await this.run(COUNT_SLOTS, [this.keyOf(tenantId)], [], signal));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private keyOf(tenantId: TenantId): string {
    return this.keys.slotsPrefix + tenantId;
  }

  private run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[], signal: AbortSignal): Promise<unknown> {
    return this.connection.run({ port: PORT, script, keys, args, signal });
  }
}
