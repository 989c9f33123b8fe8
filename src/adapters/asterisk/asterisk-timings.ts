/** Every limit in time of the adapter. */
export interface AsteriskTimings {
  /** A REST request. */
  readonly requestTimeoutMs: number;
  /** A request that makes Asterisk call somebody. */
  readonly originateTimeoutMs: number;
  /** Loading the API documents, all together. */
  readonly loadTimeoutMs: number;
  /** Outages in a row after which requests fail at once, and how long until one is let through again. */
  readonly breakerFailures: number;
  readonly breakerHalfOpenMs: number;
  /** After a request without an answer: how long between looks whether Asterisk answers again. */
  readonly probeIntervalMs: number;
  readonly handshakeTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  /** Wait before the n-th attempt to reconnect: doubling from the first, at most the second, half of it by chance. */
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** Wait after another process took our application: doubling from the first to the second while it happens again. */
  readonly replacedPauseMinMs: number;
  readonly replacedPauseMaxMs: number;
  /** Between looks for objects of ours that no call knows. */
  readonly sweepIntervalMs: number;
  /** How long the end of a leg tries to remove what belongs to it before the sweep takes over. */
  readonly cleanupTimeoutMs: number;
  /** How long a new channel may take to enter our application. */
  readonly enterTimeoutMs: number;
  /** After a hang-up was accepted: how long its event may take until we end the leg without it. */
  readonly goneTimeoutMs: number;
  /** How long an offer may wait for somebody to handle offers. */
  readonly unhandledOfferMs: number;
}

export const DEFAULT_TIMINGS: AsteriskTimings = {
  requestTimeoutMs: 2000,
  originateTimeoutMs: 5000,
  loadTimeoutMs: 5000,
  breakerFailures: 5,
  breakerHalfOpenMs: 10_000,
  probeIntervalMs: 500,
  handshakeTimeoutMs: 3000,
  pingIntervalMs: 5000,
  pongTimeoutMs: 3000,
  reconnectMinMs: 100,
  reconnectMaxMs: 5000,
  replacedPauseMinMs: 30_000,
  replacedPauseMaxMs: 300_000,
  sweepIntervalMs: 30_000,
  cleanupTimeoutMs: 10_000,
  enterTimeoutMs: 2000,
  goneTimeoutMs: 1000,
  unhandledOfferMs: 2000,
};
