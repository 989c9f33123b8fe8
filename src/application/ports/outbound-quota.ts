import type { OutboundLimits, QuotaRefusal } from '../../domain/outbound/outbound-settings.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** A reservation that was not renewed for so long ends: its node has died. */
export const RESERVATION_TTL_MS = 60_000;

/** One call that a tenant wants to place. */
export interface OutboundReservation {
  readonly tenantId: TenantId;
  readonly callId: CallId;
  /** E.164. */
  readonly number: string;
}

export type QuotaGrant =
  /** The call may last so long: less than the limit when the day has less left. */
  | { readonly granted: true; readonly durationMaxMs: number }
  | { readonly granted: false; readonly reason: QuotaRefusal; readonly retryAfterMs: number };

export interface OutboundUse {
  /** Reservations that are held. */
  readonly concurrent: number;
  /** Time talked in calls that were placed today (UTC) and are over. */
  readonly talkedTodayMs: number;
}

/**
 * How much a tenant calls, counted over all nodes; days are UTC days. A granted call holds a reservation, which counts as one call
 * at a time and holds its longest duration back from the day's minutes. However many ask at once, no limit is ever exceeded.
 * A reservation that nobody renews ends `RESERVATION_TTL_MS` after its last renewal; the time since its beginning is booked as talked.
 * Throws PortError `outbound-quota/*`; nothing is to be placed then.
 */
export interface OutboundQuota {
  /** The same call asked for twice gets the same reservation. A refusal counts nothing. */
  reserve(reservation: OutboundReservation, limits: OutboundLimits, signal: AbortSignal): Promise<QuotaGrant>;
  /** Prolongs a reservation. One that had ended meanwhile is taken anew, even beyond the limits: its call lives and must be counted. */
  renew(reservation: OutboundReservation, durationMaxMs: number, signal: AbortSignal): Promise<void>;
  /** The call is over; books the time talked. Nothing happens when the reservation has ended. */
  settle(reservation: OutboundReservation, talkedMs: number, signal: AbortSignal): Promise<void>;
  /** Nobody was called: nothing of it counts any more, except towards the calls of this second. Nothing happens when the reservation has ended. */
  release(reservation: OutboundReservation, signal: AbortSignal): Promise<void>;
  use(tenantId: TenantId, signal: AbortSignal): Promise<OutboundUse>;
  close(): Promise<void>;
}
