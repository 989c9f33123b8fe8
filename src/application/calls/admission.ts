import { type LoadLimits, overloaded } from '../../domain/call/overload.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { CallSlot, CallSlots } from '../ports/call-slots.js';
import type { Clock } from '../ports/clock.js';
import type { LoadGauge } from '../ports/load-gauge.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { isPortError } from '../ports/port-error.js';
import type { AdmissionRefusal, CallRegistry, LiveCall } from './call-registry.js';

/** A refusal is due within 200 ms; shared state that takes longer is left out. */
const SLOT_DEADLINE_MS = 150;

export interface AdmissionPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly registry: CallRegistry;
  readonly gauge: LoadGauge;
  /** Null: this node is alone, its own count is the whole one. */
  readonly slots: CallSlots | null;
}

/** A place for one call. Give it back once, when the call is registered or was not answered after all. */
export type Place = () => void;

/**
 * Whether one more call may be answered: before it is, so that the caller hears busy or congestion and is not charged, and
 * never at the cost of calls that are there. Without shared state the node goes by its own count.
 */
export class Admission {
  private overload = false;

  constructor(private readonly ports: AdmissionPorts, private readonly limits: LoadLimits) {}

  /** Never rejects. */
  async admit(slot: CallSlot, tenantCallsMax: number): Promise<Place | AdmissionRefusal> {
    const { registry } = this.ports;
    const refusal = registry.refusal(slot.tenantId, tenantCallsMax) ?? (this.tooBusy() ? 'overloaded' : null);
    if (refusal !== null) return refusal;
    const place = registry.hold(slot.tenantId); // taken before anything is awaited: two offers cannot both have the last one
    if (await this.acquire(slot, tenantCallsMax)) return place;
    place();
    return 'tenant_limit';
  }

  /** Gives the slot of a call back when that is over. One that another node has taken goes on there, with its slot. */
  releaseAfter(call: LiveCall): void {
    void call.finished.then(() => (call.taken ? undefined : this.release(call)));
  }

  /** Of a call that was not placed after all. Never rejects. */
  async release(slot: CallSlot): Promise<void> {
    const { slots, clock, log } = this.ports;
    if (slots === null) return;
    await withinDeadline(clock, SLOT_DEADLINE_MS, (limit) => slots.release(slot, limit))
      .catch((error: unknown) => { log.warn('slot of a call not released: it ends by itself', { callId: slot.callId }, error); });
  }

  private tooBusy(): boolean {
    const { gauge, log, metrics } = this.ports;
    const reading = gauge.read();
    const before = this.overload;
    this.overload = overloaded(reading, this.limits, before);
    if (this.overload !== before) {
      log.warn(this.overload ? 'too busy for new calls' : 'calls are taken again', { loopDelayP99Ms: reading.loopDelayP99Ms, memoryShare: reading.memoryShare });
      metrics.gauge('overloaded', this.overload ? 1 : 0);
    }
    return this.overload;
  }

  private async acquire(slot: CallSlot, max: number): Promise<boolean> {
    const { slots, clock, log, metrics } = this.ports;
    if (slots === null) return true;
    const limit = deadline(clock, SLOT_DEADLINE_MS);
    try {
      return await orAborted(slots.acquire(slot, max, limit.signal), limit.signal);
    } catch (error) {
      const code = limit.expired ? 'call-slots/timeout' : isPortError(error) ? error.code : 'call-slots/failed';
      metrics.count('provider_errors_total', { port: 'call-slots', code });
      log.warn('calls of the tenant not counted over all nodes', { code }, error);
      return true; // our own count has agreed; better one call too many than none at all
    } finally {
      limit.clear();
    }
  }
}
