import type { Metrics } from '../../../src/application/ports/metrics.js';

/** Measures nothing, and keeps nothing: `RecordingMetrics` keeps every value, which a long run must not. */
export const silentMetrics: Metrics = {
  count: () => undefined,
  gauge: () => undefined,
  observe: () => undefined,
};
