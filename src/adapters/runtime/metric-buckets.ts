import type { MetricName } from '../../application/ports/metrics.js';

export const METRIC_PREFIX = 'voicegw_';

/** Upper bounds in seconds, set where the targets of the product lie, so that a percentile near a target is exact. */
const TURN = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 5];

export const BUCKETS_SECONDS: Readonly<Partial<Record<MetricName, readonly number[]>>> = {
  api_request_seconds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  call_refusal_seconds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2],
  call_setup_seconds: [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5],
  greeting_latency_seconds: [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5],
  turn_latency_seconds: TURN,
  barge_in_stop_seconds: [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2],
  provider_request_seconds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

export const DEFAULT_BUCKETS_SECONDS: readonly number[] = TURN;
