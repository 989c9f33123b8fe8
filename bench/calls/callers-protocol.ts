import type { CrowdReport } from './crowd-protocol.js';

/** What the gateway is called there and what is dialled. */
export const APP = 'voice-gateway';
export const DID = '5551000';

export type CallersCommand =
  | { readonly type: 'begin' | 'stop'; readonly rampMs: number }
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
