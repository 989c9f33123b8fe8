import type { CallId, TenantId } from '../../domain/shared/ids.js';

/**
 * Events that were published to where this node can still reach them. Throws PortError `events/*`: `events/unwritable`
 * (`unavailable`) when the disk fails, `events/timeout` when the signal aborts; what was taken out until then is, and asking again goes on.
 */
export interface PublishedEvents {
  /** Calls of a tenant from or to `number` (compared by its digits, as recordings are), by what their events tell: those published before too. */
  callsOf(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly CallId[]>;
  /**
   * Takes out all events of these calls of a tenant, also those that come after a call was named here. `recording.erased` stays: it is
   * the proof, and has neither a number nor a word. All others stay as they are and in their order. How many events there were.
   */
  erase(tenantId: TenantId, callIds: ReadonlySet<CallId>, signal: AbortSignal): Promise<number>;
}
