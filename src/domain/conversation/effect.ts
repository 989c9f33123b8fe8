import type { TerminationReason } from '../call/termination.js';
import type { ReplyId } from '../shared/ids.js';
import type { ConversationEvent, SpeechSource } from './conversation-events.js';
import type { AwaitedDigits, Handover, TimerName } from './stimulus.js';

/** What the caller did, as the agent is to be told. */
export type TurnInput =
  | { readonly kind: 'speech'; readonly text: string; readonly confidence: number | null }
  /** `unasked`: nobody had asked for keys. */
  | { readonly kind: 'digits'; readonly digits: string; readonly complete: boolean; readonly unasked?: true }
  /** Keys typed in secure mode: the digits themselves are in the effect `seal-digits` only. */
  | { readonly kind: 'sealed-digits'; readonly sealId: number; readonly complete: boolean }
  | { readonly kind: 'transfer-failed'; readonly reason: string };

/** What a conversation may ask for. Effects are data: the engine carries them out, in order. */
export type Effect =
  /** To the recogniser: voice began `preRollMs` ago. */
  | { readonly type: 'begin-utterance'; readonly preRollMs: number }
  | { readonly type: 'end-utterance' }
  | { readonly type: 'ask-agent'; readonly replyId: ReplyId; readonly turnIndex: number; readonly input: TurnInput; readonly heard: Heard | null }
  | { readonly type: 'cancel-reply'; readonly replyId: ReplyId }
  /** Appends a piece to the speech `speechId`; a new id begins a new speech. */
  | { readonly type: 'speak'; readonly speechId: number; readonly text: string; readonly source: SpeechSource }
  /** No more pieces will come for this speech: report `playback-finished` when it is played. */
  | { readonly type: 'complete-speech'; readonly speechId: number }
  /** Stop within one frame; answered by `playback-stopped`. */
  | { readonly type: 'stop-speaking'; readonly speechId: number }
  | { readonly type: 'arm-timer'; readonly timer: TimerName; readonly atMs: number }
  | { readonly type: 'cancel-timer'; readonly timer: TimerName }
  | { readonly type: 'record'; readonly event: ConversationEvent }
  /** What another process would have to ask for again; null when nothing is waited for any more. */
  | { readonly type: 'await-digits'; readonly awaited: AwaitedDigits | null }
  /** What the caller does and types is nobody's business from here on (`on`), or may be known again: no recording, no transcript. */
  | { readonly type: 'sensitive'; readonly on: boolean }
  /** Digits typed in secure mode: to the vault, and nowhere else. The agent is asked with their `sealId`. */
  | { readonly type: 'seal-digits'; readonly sealId: number; readonly digits: string }
  | { readonly type: 'escalate'; readonly reason: string }
  | { readonly type: 'transfer' } & Handover
  /** The caller knows: bring him together with the person who takes the call. */
  | { readonly type: 'connect-transfer' }
  /** The conversation is over: release the call. */
  | { readonly type: 'finish'; readonly reason: TerminationReason };

/** The part of the last reply that the caller really heard. */
export interface Heard {
  readonly text: string;
  readonly interrupted: boolean;
}
