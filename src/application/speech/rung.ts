import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { PortError } from '../ports/port-error.js';
import type { LimitReached, Permits } from './concurrency-limit.js';
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
  /** A place for each stream, or each synthesis. */
  readonly permits: Permits;
}

/** A provider was passed over because all places there are taken: no fault of its own, so its health hears nothing of it. */
export function tellBusy({ name, permits }: Rung<unknown>, port: 'speech-to-text' | 'text-to-speech', limit: LimitReached, { log, metrics }: FallbackPorts): PortError {
  log.warn('a speech provider is passed over: its limit is reached', { port, provider: name, tenantId: permits.tenantId, limit });
  metrics.count('provider_busy_total', { port, provider: name, tenant: permits.tenantId });
  return new PortError(`all that the ${limit} may use of ${name} at one time is in use`, { code: `${port}/busy`, kind: 'rate-limited' });
}
