import type { SpeechSource, TurnLatency } from '../conversation/conversation-events.js';
import type { DomainEvent, EventBody } from '../shared/domain-event.js';
import { inOrder } from './event-order.js';
import type { LineCause } from './line-cause.js';
import type { SpeechUse } from './speech-use.js';
import type { TerminationReason, TerminationResult } from './termination.js';

/** All times of a story count from its first event, milliseconds. */
interface Told {
  readonly atMs: number;
}

/** One turn of the caller or one reply (or prompt) of the agent. */
export interface StoryTurn extends Told {
  readonly speaker: 'caller' | 'agent';
  readonly turnIndex: number;
  /** Of the voice. */
  readonly startMs: number;
  readonly endMs: number;
  /** What was said, or was to be said. Empty when it has been forgotten, and for digits: they may be part of a card number. */
  readonly text: string;
  /** The part that the other side heard. */
  readonly heard: string;
  readonly interrupted: boolean;
  /** `speech` or `digits` of a caller's turn; where the agent's words came from. */
  readonly source: 'speech' | 'digits' | SpeechSource;
  /** Of the caller's turn, for speech, where the recogniser tells. */
  readonly confidence: number | null;
  readonly digitCount: number;
  /** Why the caller waited as long as this before this reply; null for the caller's turns and for prompts nobody asked for. */
  readonly waterfall: Waterfall | null;
}

export type WaterfallStage = 'endpoint' | 'stt' | 'llm' | 'tts' | 'playout';

/** From the end of the caller's speech to the first audio of the reply, stage after stage. */
export interface Waterfall {
  readonly bars: readonly { readonly stage: WaterfallStage; readonly startMs: number; readonly durationMs: number }[];
  /** As it was measured, not the sum: stages may overlap, and time may pass between them. */
  readonly totalMs: number | null;
}

export interface StoryError extends Told {
  readonly stage: 'stt' | 'llm' | 'tts';
  readonly code: string;
  readonly turnIndex: number | null;
}

export type StoryTransfer = Told & (
  | { readonly outcome: 'escalated'; readonly reason: string }
  | { readonly outcome: 'transferred'; readonly target: string; readonly kind: 'extension' | 'number' | 'queue' }
  | { readonly outcome: 'failed'; readonly target: string; readonly reason: string; readonly cause?: LineCause }
);

export interface StoryOutcome extends Told {
  readonly result: TerminationResult;
  readonly reason: TerminationReason;
  readonly durationMs: number;
}

/** What happened in a call, told from its events. */
export interface CallStory {
  /** ISO 8601 UTC of the first event; null: there is none. */
  readonly beganAt: string | null;
  /** Offer to answer; null: not answered. */
  readonly setupMs: number | null;
  readonly turns: readonly StoryTurn[];
  readonly errors: readonly StoryError[];
  readonly transfers: readonly StoryTransfer[];
  /** Times that another process went on with the call. */
  readonly resumptions: readonly (Told & { readonly formerNode: string; readonly gapMs: number })[];
  readonly interruptions: number;
  readonly silences: number;
  readonly speech: readonly SpeechUse[];
  /** Null: it goes on. */
  readonly outcome: StoryOutcome | null;
}

type Of<Type extends EventBody['type']> = Extract<EventBody, { type: Type }>;

/** `events`: of one call, in any order, repetitions are ignored. More events only add to what fewer have told, and correct its texts. */
export function storyOf(events: readonly DomainEvent[]): CallStory {
  const ordered = corrected(inOrder(events));
  const beganAt = ordered[0]?.occurredAt ?? null;
  const beganMs = beganAt === null ? 0 : Date.parse(beganAt);
  const at = (event: DomainEvent): number => Date.parse(event.occurredAt) - beganMs;
  const all = <Type extends EventBody['type'], Item>(type: Type, tell: (body: Of<Type>, atMs: number, event: DomainEvent) => Item): readonly Item[] =>
    ordered.flatMap((event) => (event.body.type === type ? [tell(event.body as Of<Type>, at(event), event)] : []));
  const ended = all('call.ended', ({ result, reason, durationMs, speech }, atMs) => ({ outcome: { atMs, result, reason, durationMs }, speech })).at(-1);
  return {
    beganAt,
    setupMs: all('call.answered', ({ setupMs }) => setupMs).at(0) ?? null,
    turns: ordered.flatMap((event) => turnOf(event, at(event)) ?? []),
    errors: ordered.flatMap((event) => errorOf(event.body, at(event)) ?? []),
    transfers: ordered.flatMap((event) => transferOf(event.body, at(event)) ?? []),
    resumptions: all('call.resumed', ({ formerNode, gapMs }, atMs) => ({ atMs, formerNode, gapMs })),
    interruptions: all('caller.interrupted', () => 1).length,
    silences: all('caller.silent', () => 1).length,
    speech: ended?.speech ?? [],
    outcome: ended?.outcome ?? null,
  };
}

/** Each event with the texts that an `stt.corrected` of the same node has put in the place of its own. */
function corrected(events: readonly DomainEvent[]): readonly DomainEvent[] {
  const texts = new Map(events.flatMap(({ node, body }) => (body.type === 'stt.corrected' ? [[`${node} ${body.sequence}`, body] as const] : []))); // the last one counts
  return texts.size === 0 ? events : events.map((event) => {
    const { body, node, sequence } = event;
    const correction = texts.get(`${node} ${sequence}`);
    if (correction === undefined) return event;
    if (body.type === 'stt.transcribed') return { ...event, body: { ...body, text: correction.text } };
    return body.type === 'turn.completed' ? { ...event, body: { ...body, said: correction.text, heard: correction.heard } } : event;
  });
}

/** Voices are timed by the clock of the node, as its events are (`event.atMs`): the difference needs no common clock. */
function turnOf(event: DomainEvent, atMs: number): StoryTurn | null {
  const { body } = event;
  const since = (clockMs: number): number => atMs - (event.atMs - clockMs);
  if (body.type === 'stt.transcribed') {
    const { turnIndex, text, via, confidence, digitCount } = body;
    return {
      atMs, speaker: 'caller', turnIndex, startMs: since(body.startAtMs), endMs: since(body.endAtMs), text: via === 'digits' ? '' : text,
      heard: via === 'digits' ? '' : text, interrupted: false, source: via, confidence, digitCount, waterfall: null,
    };
  }
  if (body.type !== 'turn.completed') return null;
  const { turnIndex, said, heard, interrupted, source, latency } = body;
  return {
    atMs, speaker: 'agent', turnIndex, startMs: since(body.startedAtMs), endMs: since(body.endedAtMs), text: said, heard, interrupted, source,
    confidence: null, digitCount: 0, waterfall: latency === null ? null : waterfallOf(latency),
  };
}

/** One bar after the other; a stage that did not happen has none. */
export function waterfallOf(latency: TurnLatency): Waterfall {
  const stages = [
    ['endpoint', latency.endpointMs], ['stt', latency.sttFinalMs], ['llm', latency.agentFirstTextMs], ['tts', latency.ttsFirstAudioMs], ['playout', latency.playoutMs],
  ] as const;
  let startMs = 0;
  const bars = stages.flatMap(([stage, durationMs]) => {
    if (durationMs === null) return [];
    const bar = { stage, startMs, durationMs };
    startMs += durationMs;
    return [bar];
  });
  return { bars, totalMs: latency.totalMs };
}

function errorOf(body: EventBody, atMs: number): StoryError | null {
  if (body.type === 'error.stt_failed') return { atMs, stage: 'stt', code: body.code, turnIndex: null };
  if (body.type === 'error.tts_failed') return { atMs, stage: 'tts', code: body.code, turnIndex: body.turnIndex };
  if (body.type === 'error.llm_timeout' || body.type === 'error.llm_failed') return { atMs, stage: 'llm', code: body.code, turnIndex: body.turnIndex };
  return null;
}

function transferOf(body: EventBody, atMs: number): StoryTransfer | null {
  if (body.type === 'call.escalated') return { atMs, outcome: 'escalated', reason: body.reason };
  if (body.type === 'call.transferred') return { atMs, outcome: 'transferred', target: body.target, kind: body.kind };
  if (body.type === 'call.transfer_failed') return { atMs, outcome: 'failed', target: body.target, reason: body.reason, ...(body.cause === undefined ? {} : { cause: body.cause }) };
  return null;
}
