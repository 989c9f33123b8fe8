import type { ProcessFigures } from '../load/process-meter.js';

/** Parent → gateway among failing things. `start` and `stop` bound what is measured. */
export type ChaosGatewayCommand = { readonly type: 'start' | 'stop' | 'holdings' | 'end' };

/** What it holds now. */
export interface Holdings {
  /** After a garbage collection. */
  readonly rssBytes: number;
  readonly timers: number;
}

export type ChaosGatewayMessage =
  | { readonly type: 'ready'; readonly httpPort: number }
  | { readonly type: 'figures'; readonly process: ProcessFigures }
  | ({ readonly type: 'holdings' } & Holdings);
