import type { Distribution } from '../../test/support/load/histogram.js';
import type { CrowdReport } from './crowd-protocol.js';
import type { ExchangeRange } from './load-caller.js';

/** What the gateway is called there and what is dialled. */
export const APP = 'voice-gateway';
export const DID = '5551000';

/** How the callers begin, as the one argument of their program, in JSON. */
export interface CallersInput {
  readonly callers: number;
  /** Of the fake Asterisk; 0 takes any. */
  readonly ariPort: number;
  /** Exchanges of every call; null: 1 to 4, and fewer in the callers' first calls. */
  readonly exchanges: ExchangeRange | null;
  /** So long after a refusal a caller tries again, and it is counted; null: no call is refused, or it has failed. */
  readonly redialMs: number | null;
}

export type CallersCommand =
  /** The first `callers` call, evenly over `rampMs`, and again after each call: `calls` more of them in all, or for ever. */
  | { readonly type: 'begin'; readonly rampMs: number; readonly callers: number; readonly calls: number | null }
  /** So many call from now on: more begin, evenly over `rampMs`; those who are too many do not call again. */
  | { readonly type: 'callers'; readonly rampMs: number; readonly callers: number }
  | { readonly type: 'stop'; readonly rampMs: number }
  | { readonly type: 'measure'; readonly on: boolean }
  | { readonly type: 'figures' | 'report' | 'end' };

export interface CallFigures {
  /** All since the beginning. */
  readonly callsPlaced: number;
  /** Calls whose caller said everything, was answered every time, and hung up. */
  readonly callsDone: number;
  readonly answeredNow: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Calls the gateway did not take, by Q.850 cause, and how long after they rang they were told. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly refusalMs: Distribution;
  /** What the fake Asterisk has now. */
  readonly channels: number;
  readonly bridges: number;
}

export type CallersMessage =
  | { readonly type: 'ready'; readonly ariUrl: string }
  | { readonly type: 'gateway-came' }
  | { readonly type: 'figures'; readonly figures: CallFigures }
  | { readonly type: 'report'; readonly crowd: CrowdReport; readonly cpuMs: number };
