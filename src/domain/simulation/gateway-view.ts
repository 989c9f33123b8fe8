import type { SpeechSource, TurnLatency } from '../conversation/conversation-events.js';
import type { EventBody, EventType } from '../shared/domain-event.js';
import type { Span } from './audio-timeline.js';

/** An event of the gateway as its log tells it. */
export interface GatewayEvent {
  readonly callId: string;
  /** When it happened, on this process's clock. */
  readonly atMs: number;
  /** Added to the times within the body, which are on the gateway's clock, it makes them ours; 0 on one machine, where processes share the clock. */
  readonly clockOffsetMs: number;
  readonly body: EventBody;
}

/** What the gateway recognised of the caller. */
export interface HeardLine extends Span {
  readonly via: 'speech' | 'digits';
  readonly text: string;
  readonly digitCount: number;
}

/** What the gateway says that its agent said, and how much of it was heard. */
export interface AgentTurn extends Span {
  readonly source: SpeechSource;
  readonly said: string;
  readonly heard: string;
  readonly interrupted: boolean;
  readonly latency: TurnLatency | null;
}

/** One call as the gateway saw it: its events, folded. Times on this process's clock. */
export interface GatewayView {
  readonly callId: string | null;
  readonly endReason: string | null;
  readonly heard: readonly HeardLine[];
  readonly turns: readonly AgentTurn[];
  readonly transfers: readonly string[];
  /** Codes of what failed, oldest first. */
  readonly errors: readonly string[];
}

export const NOTHING_SEEN: GatewayView = { callId: null, endReason: null, heard: [], turns: [], transfers: [], errors: [] };

type Fold<T extends EventType> = (view: GatewayView, body: Extract<EventBody, { readonly type: T }>, offsetMs: number) => Partial<GatewayView>;

const failed = (view: GatewayView, { code }: { readonly code: string }): Partial<GatewayView> => ({ errors: [...view.errors, code] });

/** What each type of event adds. The types left out tell nothing that a report needs, and new ones may come. */
const FOLDS: { readonly [T in EventType]?: Fold<T> } = {
  'call.rejected': (_, { reason }) => ({ endReason: reason }),
  'call.ended': (_, { reason }) => ({ endReason: reason }),
  'call.transferred': (view, { target }) => ({ transfers: [...view.transfers, target] }),
  'call.transfer_failed': (view, { reason }) => ({ errors: [...view.errors, `transfer_failed: ${reason}`] }),
  'stt.transcribed': (view, { via, text, digitCount, startAtMs, endAtMs }, offsetMs) =>
    ({ heard: [...view.heard, { via, text, digitCount, startMs: startAtMs + offsetMs, endMs: endAtMs + offsetMs }] }),
  'turn.completed': (view, { source, said, heard, interrupted, latency, startedAtMs, endedAtMs }, offsetMs) =>
    ({ turns: [...view.turns, { source, said, heard, interrupted, latency, startMs: startedAtMs + offsetMs, endMs: endedAtMs + offsetMs }] }),
  'error.stt_failed': failed,
  'error.llm_timeout': failed,
  'error.llm_failed': failed,
  'error.tts_failed': failed,
};

/** The view after one more event. */
export function seeEvent(view: GatewayView, event: GatewayEvent): GatewayView {
  const fold = FOLDS[event.body.type] as Fold<EventType> | undefined;
  return { ...view, callId: view.callId ?? event.callId, ...fold?.(view, event.body, event.clockOffsetMs) };
}

/** Nothing more will come. */
export function isComplete(view: GatewayView): boolean {
  return view.endReason !== null;
}
