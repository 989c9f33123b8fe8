import type { DestinationPolicy } from './destination-policy.js';

/** How much a tenant may call, over all nodes. A day is a UTC day; a call counts to the one on which it was placed. */
export interface OutboundLimits {
  /** Calls that ring or talk at one time. */
  readonly concurrentMax: number;
  readonly callsPerSecondMax: number;
  /** From dialling to the end, ringing included. */
  readonly callDurationMaxMs: number;
  /** Time talked, answered to ended. Each call holds back its longest duration until it is over, so that it is never exceeded. */
  readonly minutesPerDayMax: number;
  /** Attempts to one number, answered or not. */
  readonly callsPerNumberPerDayMax: number;
}

/** reliability.md, row 21: new accounts of carriers have 1 to 2 calls, 1 a second. */
export const DEFAULT_OUTBOUND_LIMITS: OutboundLimits = {
  concurrentMax: 2, callsPerSecondMax: 1, callDurationMaxMs: 30 * 60_000, minutesPerDayMax: 200, callsPerNumberPerDayMax: 3,
};

/** A shorter rest of the day's minutes is not worth a call. */
export const SHORTEST_CALL_MS = 60_000;

/** Which limit is reached. */
export type QuotaRefusal = 'quota-concurrent' | 'quota-per-second' | 'quota-minutes-per-day' | 'quota-per-number';

/** What a tenant may do that places calls. */
export interface OutboundSettings extends DestinationPolicy {
  /** Numbers without a leading + are read as dialled there, ISO 3166 alpha-2; null: they are refused. */
  readonly homeCountry: string | null;
  readonly limits: OutboundLimits;
}
