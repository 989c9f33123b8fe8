import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** A slot that was not renewed for so long is free again: its node has died. */
export const SLOT_TTL_MS = 60_000;

export interface CallSlot {
  readonly tenantId: TenantId;
  readonly callId: CallId;
}

/**
 * Calls of a tenant at one time, counted over all nodes. Each call holds a slot, a lease that ends `SLOT_TTL_MS` past its last
 * renewal, so that a node that dies gives its slots back by itself. Never granted beyond the limit, however many ask at once.
 * Throws PortError `call-slots/*`.
 */
export interface CallSlots {
  /** True: the call has a slot (again, if it had one). False: `max` calls of the tenant have one already. */
  acquire(slot: CallSlot, max: number, signal: AbortSignal): Promise<boolean>;
  /**
   * Prolongs slots. One that had ended meanwhile is taken anew, even beyond the limit: its call lives and must be counted.
   * Renew about three times per `SLOT_TTL_MS`.
   */
  renew(slots: readonly CallSlot[], signal: AbortSignal): Promise<void>;
  /** Gives a slot back. Nothing happens when it is not held. */
  release(slot: CallSlot, signal: AbortSignal): Promise<void>;
  /** Slots of the tenant in use. */
  inUse(tenantId: TenantId, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
