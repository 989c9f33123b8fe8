import type { ConversationId, ReplyId } from '../shared/ids.js';
import type { SpeechSource } from './conversation-events.js';

/** Digits the agent waits for. */
export interface DigitRequest {
  readonly min: number;
  readonly max: number;
  readonly terminator: string | null;
  readonly interDigitTimeoutMs: number;
  /** The agent gets a token for the digits, and while they are waited for nothing is recorded or transcribed. */
  readonly secure?: true;
}

/** What the caller was last asked to type. The keys themselves are in no record: they may be part of a card number. */
export interface AwaitedDigits {
  readonly request: DigitRequest;
  /** The words of the agent that asked for them; empty when there were none, or they are forgotten. */
  readonly question: string;
}

/** Where the agent (or a fallback) wants the caller to go. */
export type HandoverTarget =
  | { readonly kind: 'extension'; readonly extension: string }
  | { readonly kind: 'number'; readonly number: string }
  /** Of the PBX. When nobody of it takes the call, the caller comes back to us. */
  | { readonly kind: 'queue'; readonly queue: string };

export interface Handover {
  readonly target: HandoverTarget;
  /**
   * Given: attended. The person hears it (it may be empty) and takes the call or not, before the caller is connected. Left out:
   * blind, the caller is sent there at once.
   */
  readonly briefing?: string;
}

/** What a reply may ask for besides being spoken; carried out after its words were heard. */
export type ReplyAction =
  | { readonly type: 'collect-digits'; readonly digits: DigitRequest }
  | { readonly type: 'transfer' } & Handover
  | { readonly type: 'escalate'; readonly reason: string }
  | { readonly type: 'hangup' };

export const TIMERS = [
  'end-of-turn', 'final-transcript', 'caller-silence', 'monologue', 'inter-digit', 'agent-filler', 'agent-deadline', 'stall',
] as const;
export type TimerName = (typeof TIMERS)[number];

/** What may happen to a conversation. Every stimulus carries the clock time at which it happened. */
export type StimulusBody =
  /** The call is answered and audio flows both ways. */
  | { readonly type: 'media-ready'; /** To be said before anything else, whole. */ readonly notice?: string }
  /** The caller has to know this: said as soon as the floor is free, and in the place of a notice that is being said. */
  | { readonly type: 'announcement'; readonly text: string }
  | { readonly type: 'agent-opened'; readonly conversationId: ConversationId; readonly greeting: string | null }
  | { readonly type: 'agent-unreachable'; readonly code: string }
  | { readonly type: 'caller-started'; readonly onsetAtMs: number }
  /** The voice has lasted for `TurnPolicy.bargeInMs`: more than a sound. */
  | { readonly type: 'caller-sustained'; readonly onsetAtMs: number }
  | { readonly type: 'caller-paused'; readonly lastVoicedAtMs: number }
  /** The caller has put us on hold: he hears nothing and says nothing. */
  | { readonly type: 'caller-held' }
  | { readonly type: 'caller-resumed' }
  | { readonly type: 'transcript-partial'; readonly text: string }
  | { readonly type: 'transcript-final'; readonly text: string; readonly confidence: number | null }
  /** No recogniser could be had any more. */
  | { readonly type: 'recogniser-lost'; readonly code: string }
  | { readonly type: 'digit'; readonly digit: string }
  | { readonly type: 'reply-text'; readonly replyId: ReplyId; readonly text: string; readonly interruptible: boolean }
  | { readonly type: 'reply-action'; readonly replyId: ReplyId; readonly action: ReplyAction }
  | { readonly type: 'reply-done'; readonly replyId: ReplyId }
  | { readonly type: 'reply-failed'; readonly replyId: ReplyId; readonly code: string; readonly timeout: boolean }
  /** First audio of the piece exists (not yet played). */
  | { readonly type: 'audio-ready'; readonly speechId: number; readonly text: string; readonly source: SpeechSource; readonly requestedAtMs: number }
  /** A piece is rendered to its end. */
  | { readonly type: 'audio-complete'; readonly speechId: number; readonly text: string; readonly source: SpeechSource; readonly firstAudioMs: number; readonly audioMs: number }
  | { readonly type: 'synthesis-failed'; readonly speechId: number; readonly source: SpeechSource; readonly code: string }
  | { readonly type: 'playback-started'; readonly speechId: number }
  /** All pieces of a completed speech were played (or failed). */
  | { readonly type: 'playback-finished'; readonly speechId: number; readonly said: string; readonly heard: string }
  /** Playback was cut by `stop-speaking`. `heard` leaves out fillers. */
  | { readonly type: 'playback-stopped'; readonly speechId: number; readonly said: string; readonly heard: string }
  /** The person takes the call and waits for the caller. */
  | { readonly type: 'transfer-accepted' }
  | { readonly type: 'transfer-done' }
  | { readonly type: 'transfer-failed'; readonly reason: string }
  /** Somebody outside wants this to be said, in speakable pieces. */
  | { readonly type: 'ordered-words'; readonly pieces: readonly string[] }
  /** Somebody outside wants the caller to go there. */
  | { readonly type: 'ordered-transfer'; readonly handover: Handover }
  | { readonly type: 'timer'; readonly timer: TimerName }
  /** The call must end soon for a reason outside the conversation: say goodbye, then finish. */
  | { readonly type: 'wind-up'; readonly reason: 'time_limit' | 'drained' }
  /** With what was said and heard of the speech that the end cut; empty when nothing was being said. */
  | { readonly type: 'call-ended'; readonly said: string; readonly heard: string };

export type Stimulus = StimulusBody & { readonly atMs: number };
