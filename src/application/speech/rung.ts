import type { ProviderHealth } from './provider-health.js';

/** One provider in a chain, tried in the order of the chain. */
export interface Rung<Port> {
  readonly name: string;
  readonly port: Port;
  readonly health: ProviderHealth;
}
