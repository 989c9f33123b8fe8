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
}

export type CallersCommand =
  /** All call, evenly over `rampMs`, and again after each call: `calls` more of them in all, or for ever. */
  | { readonly type: 'begin'; readonly rampMs: number; readonly calls: number | null }
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
  /** What the fake Asterisk has now. */
  readonly channels: number;
  readonly bridges: number;
}

export type CallersMessage =
  | { readonly type: 'ready'; readonly ariUrl: string }
  | { readonly type: 'gateway-came' }
  | { readonly type: 'figures'; readonly figures: CallFigures }
  | { readonly type: 'report'; readonly crowd: CrowdReport; readonly cpuMs: number };
