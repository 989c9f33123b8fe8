import { type CallSlot, type CallSlots, SLOT_TTL_MS } from '../../../application/ports/call-slots.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { CallId, TenantId } from '../../../domain/shared/ids.js';
import { notAborted } from './not-aborted.js';

/** Calls of a tenant within one process. */
export class MemoryCallSlots implements CallSlots {
  /** Tenant → call → when its slot lapses. */
  private readonly tenants = new Map<TenantId, Map<CallId, number>>();

  constructor(private readonly clock: Clock) {}

  async acquire({ tenantId, callId }: CallSlot, max: number, signal: AbortSignal): Promise<boolean> {
    await notAborted('call-slots', signal);
    const slots = this.slotsOf(tenantId);
    if (!slots.has(callId) && slots.size >= max) return false;
    slots.set(callId, this.clock.nowMs() + SLOT_TTL_MS);
    return true;
  }

  async renew(slots: readonly CallSlot[], signal: AbortSignal): Promise<void> {
    await notAborted('call-slots', signal);
    for (const { tenantId, callId } of slots) this.slotsOf(tenantId).set(callId, this.clock.nowMs() + SLOT_TTL_MS);
  }

  async release({ tenantId, callId }: CallSlot, signal: AbortSignal): Promise<void> {
    await notAborted('call-slots', signal);
    const slots = this.slotsOf(tenantId);
    slots.delete(callId);
    if (slots.size === 0) this.tenants.delete(tenantId);
  }

  async inUse(tenantId: TenantId, signal: AbortSignal): Promise<number> {
    await notAborted('call-slots', signal);
    return this.slotsOf(tenantId).size;
  }

  close(): Promise<void> {
    this.tenants.clear();
    return Promise.resolve();
  }

  /** Without those that have lapsed. */
  private slotsOf(tenantId: TenantId): Map<CallId, number> {
    const slots = this.tenants.get(tenantId) ?? new Map<CallId, number>();
    for (const [callId, lapsesAtMs] of slots) if (lapsesAtMs <= this.clock.nowMs()) slots.delete(callId);
    this.tenants.set(tenantId, slots);
    return slots;
  }
}
