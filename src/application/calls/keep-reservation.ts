import type { CallRecord } from '../../domain/call/call.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { type OutboundQuota, type OutboundReservation, RESERVATION_TTL_MS } from '../ports/outbound-quota.js';

const RENEW_INTERVAL_MS = RESERVATION_TTL_MS / 3;
const QUOTA_DEADLINE_MS = 1000;

/** A call that was placed, as far as its quota needs to know it. */
export interface PlacedCall {
  readonly record: CallRecord;
  readonly finished: Promise<void>;
  /** Another node has it by now, and its reservation. */
  readonly taken: boolean;
}

export interface KeptReservation {
  readonly reservation: OutboundReservation;
  readonly durationMaxMs: number;
}

/** Prolongs the reservation of a call as long as it is this node's, and books what was talked when it has ended. Never holds up the call. */
export function keepReservation(
  { quota, clock, log }: { readonly quota: OutboundQuota; readonly clock: Clock; readonly log: Logger }, { reservation, durationMaxMs }: KeptReservation, call: PlacedCall,
): void {
  const attempt = async (what: string, act: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    await withinDeadline(clock, QUOTA_DEADLINE_MS, act).catch((error: unknown) => { log.warn(what, { callId: reservation.callId }, error); });
  };
  const renewLater = (): ReturnType<Clock['after']> => clock.after(RENEW_INTERVAL_MS, () => {
    cancel = renewLater();
    void attempt('reservation of an outbound call not prolonged', (signal) => quota.renew(reservation, durationMaxMs, signal));
  });
  let cancel = renewLater();
  void call.finished.then(() => {
    cancel();
    if (call.taken) return;
    return attempt('an outbound call not booked: its reservation ends by itself', (signal) => quota.settle(reservation, talkedMs(call.record), signal));
  });
}

function talkedMs({ answeredAt, endedAt }: CallRecord): number {
  return answeredAt === null || endedAt === null ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(answeredAt));
}
