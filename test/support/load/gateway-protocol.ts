import type { ProcessFootprint } from './process-footprint.js';
import type { ProcessFigures } from './process-meter.js';
import type { EventFigures } from './turn-latency-publisher.js';

/** Parent → gateway under load. `start` and `stop` bound what is measured. */
export type GatewayCommand = { readonly type: 'start' | 'stop' | 'memory' | 'end' };

export interface GatewayFigures {
  readonly process: ProcessFigures;
  readonly events: EventFigures;
}

export type GatewayMessage =
  | { readonly type: 'ready'; readonly httpPort: number; readonly apiPort: number | null }
  | { readonly type: 'figures'; readonly process: ProcessFigures; readonly events: EventFigures }
  | { readonly type: 'memory'; readonly footprint: ProcessFootprint };
