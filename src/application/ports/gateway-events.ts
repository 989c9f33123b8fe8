import type { GatewayEvent } from '../../domain/simulation/gateway-view.js';
import type { Cancel } from './clock.js';

/** What a gateway, perhaps another process, tells about its calls. For those who watch calls from outside. */
export interface GatewayEvents {
  /**
   * Calls `listener` with each event of the call that carries this correlation id, in the order the gateway published them,
   * from now on, some time after they happened. Events told twice are passed on once.
   */
  follow(correlationId: string, listener: (event: GatewayEvent) => void): Cancel;
  /** Frees everything. Idempotent. */
  close(): Promise<void>;
}
