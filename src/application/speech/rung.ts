import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import type { ProviderHealth } from './provider-health.js';

/** What a chain needs besides its rungs. */
export interface FallbackPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** One provider in a chain, tried in the order of the chain. */
export interface Rung<Port> {
  readonly name: string;
  readonly port: Port;
  readonly health: ProviderHealth;
}
