import type { Distribution } from '../../test/support/load/histogram.js';
import type { CallFailure, ExchangeRange } from './load-caller.js';
import type { StreamQualityReport } from '../../test/support/load/stream-quality.js';

export interface CrowdInput {
  readonly callers: number;
  readonly exchanges: ExchangeRange | null;
}

/** `call` tells one call of a caller from the next. */
export type CrowdCommand =
  /** The gateway listens on `port`; from now on the caller sends and listens. */
  | { readonly type: 'answered'; readonly caller: number; readonly call: number; readonly port: number }
  | { readonly type: 'hung-up'; readonly caller: number }
  | { readonly type: 'measure'; readonly on: boolean }
  | { readonly type: 'report' }
  | { readonly type: 'stop' };

export type CrowdEvent =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'done'; readonly caller: number; readonly call: number }
  | { readonly type: 'failed'; readonly caller: number; readonly call: number; readonly why: CallFailure }
  | { readonly type: 'report'; readonly report: CrowdReport };

export interface CrowdReport {
  /** What the callers received of the gateway while measuring. */
  readonly audio: StreamQualityReport;
  readonly packetsSent: number;
  /** Packets that came faster than the callers read them: their loss, not the gateway's. */
  readonly packetsDropped: number;
  /** As the callers experienced them while measuring, ms. */
  readonly greetingMs: Distribution;
  readonly responseMs: Distribution;
  readonly stopMs: Distribution;
}
