import type { Clock } from '../ports/clock.js';
import type { GatewayEvents } from '../ports/gateway-events.js';
import type { IdSource } from '../ports/id-source.js';
import type { LineSource } from '../ports/line-source.js';
import type { SimulationOutput } from '../ports/simulation-output.js';
import type { SimulationWatcher } from '../ports/simulation-watcher.js';
import type { SpeechToText } from '../ports/speech-to-text.js';
import type { Telephony } from '../ports/telephony.js';

/** Everything a simulated caller needs of the outside. */
export interface SimulationPorts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly telephony: Telephony;
  readonly lines: LineSource;
  /** Null: what the agent's audio says cannot be checked. */
  readonly recogniser: SpeechToText | null;
  /** Null: what the gateway thinks is not known. */
  readonly events: GatewayEvents | null;
  /** Null: nothing is kept. */
  readonly output: SimulationOutput | null;
  readonly watcher: SimulationWatcher;
  /** Dial string of a DID. */
  readonly destinationOf: (did: string) => string;
}
