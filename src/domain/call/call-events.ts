import type { LineCause } from './line-cause.js';
import type { SpeechUse } from './speech-use.js';
import type { TerminationReason, TerminationResult } from './termination.js';

export type CallDirection = 'inbound' | 'outbound';

/** Life of a call. Type names are the product's (spec 6); past tense, additive only. */
export type CallEvent =
  | {
      readonly type: 'call.started';
      readonly direction: CallDirection;
      readonly callerNumber: string;
      readonly calleeNumber: string;
      readonly agentId: string;
      readonly trunk: string;
      readonly correlationId: string;
    }
  /** Refused before it was answered; also for numbers that belong to nobody. */
  | { readonly type: 'call.rejected'; readonly calleeNumber: string; readonly reason: TerminationReason; readonly correlationId: string }
  | { readonly type: 'call.answered'; readonly setupMs: number }
  /** Another process goes on with the call: its own has died. `gapMs`: how long the caller has heard nothing, at least. */
  | { readonly type: 'call.resumed'; readonly formerNode: string; readonly gapMs: number }
  | { readonly type: 'call.escalated'; readonly reason: string }
  | { readonly type: 'call.transferred'; readonly target: string; readonly kind: 'extension' | 'number' | 'queue' }
  /** `cause`: of the line to the target, where it was called and gave one. */
  | { readonly type: 'call.transfer_failed'; readonly target: string; readonly reason: string; readonly cause?: LineCause | undefined }
  /** `cause`: of the line, where its end was the end of the call. */
  | { readonly type: 'call.ended'; readonly result: TerminationResult; readonly reason: TerminationReason; readonly durationMs: number; readonly turns: number; readonly speech: readonly SpeechUse[]; readonly cause?: LineCause | undefined }
  /** The caller pressed a key. The digit itself is not told: it may be part of a card number. */
  | { readonly type: 'dtmf.received' };
