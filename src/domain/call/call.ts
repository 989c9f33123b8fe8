import type { AgentId, CallId, ConversationId, LegId, TenantId } from '../shared/ids.js';
import type { ConversationEvent } from '../conversation/conversation-events.js';
import type { AwaitedDigits } from '../conversation/stimulus.js';
import { Discretion } from '../privacy/discretion.js';
import type { EventBody } from '../shared/domain-event.js';
import type { RecordingEvent } from '../recording/recording-events.js';
import type { CallDirection, CallEvent } from './call-events.js';
import type { LineCause } from './line-cause.js';
import type { SpeechUse } from './speech-use.js';
import { cutTurn, rewritten, type TranscriptTurn, transcriptWith } from './transcript.js';
import { type Termination, type TerminationReason, termination } from './termination.js';

/** Spec 4. `ended` is final; `transferred` means that a person has the caller. */
export type CallState = 'ringing' | 'answered' | 'active' | 'transferred' | 'ended';

/** The record of one call as shared state keeps it. Plain data: JSON in, JSON out. */
export interface CallRecord {
  readonly callId: CallId;
  readonly tenantId: TenantId;
  readonly channelId: LegId;
  readonly conversationId: ConversationId | null;
  readonly state: CallState;
  readonly direction: CallDirection;
  readonly callerNumber: string;
  readonly calleeNumber: string;
  /** ISO 8601 UTC, like all times of the record. */
  readonly startedAt: string;
  readonly answeredAt: string | null;
  readonly endedAt: string | null;
  readonly endReason: TerminationReason | null;
  readonly agentId: AgentId;
  readonly sttProvider: string;
  readonly ttsProvider: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Node that runs the call. */
  readonly ownerNode: string;
  /** Grows with each change of owner: a node with a lower one has lost the call. */
  readonly fence: number;
  /** `sequence` of the call's last event. */
  readonly lastSequence: number;
  /** Turns of the caller. */
  readonly turnIndex: number;
  /** The newest turns, oldest first. */
  readonly transcript: readonly TranscriptTurn[];
  /** Keys that the agent waits for. Its question is forgotten with the transcript. */
  readonly awaitedDigits: AwaitedDigits | null;
  /** When the agent's time with the caller is up. */
  readonly callDeadlineAt: string;
}

/** What is known of a call when it begins; the rest follows from what happens. */
export type CallBeginning = Omit<CallRecord,
  'state' | 'startedAt' | 'answeredAt' | 'endedAt' | 'endReason' | 'conversationId' | 'lastSequence' | 'turnIndex' | 'transcript' | 'awaitedDigits'>;

/** The time something happened, both ways of telling it. */
export interface Instant {
  readonly wall: string;
  readonly ms: number;
}

export type CallRefusal = { readonly refused: 'already-ended' | 'wrong-state'; readonly state: CallState };
/** What is told with the end of a call. */
export interface EndDetails {
  /** What the process that ends it has used; of a process that died before nothing is known. */
  readonly speech?: readonly SpeechUse[];
  /** Of the line, where its end was the end of the call and a cause came with it. */
  readonly cause?: LineCause | undefined;
}

/** The events are those that end with `call.record.lastSequence`. */
export type CallChange = { readonly call: Call; readonly events: readonly EventBody[] };
/** What happens in a call without moving it to another state. */
export type CallNote = ConversationEvent | Extract<CallEvent, { type: 'dtmf.received' | 'call.transfer_failed' }>;

/** States from which each transition may start. Anything else is refused, never half done. */
const MAY = {
  answer: ['ringing'],
  activate: ['answered'],
  escalate: ['answered', 'active'],
  transfer: ['answered', 'active'],
} as const satisfies Record<string, readonly CallState[]>;

/**
 * One call from offer to end: decides which transitions are legal and says what happened. Immutable; a transition
 * returns the next call with its events, or a refusal. A call ends exactly once.
 *
 * Card numbers never leave it: each event and every word of the record passes its `Discretion`, in `changed` and nowhere else.
 * That one remembers what was said, so only the newest call is asked for a transition.
 */
export class Call {
  private constructor(
    readonly record: CallRecord,
    private readonly startedMs: number,
    private readonly discretion: Discretion,
  ) {}

  static start(record: CallBeginning, at: Instant, discretion = new Discretion()): CallChange {
    const call = new Call({
      ...record, state: 'ringing', conversationId: null, startedAt: at.wall, answeredAt: null, endedAt: null, endReason: null,
      lastSequence: 0, turnIndex: 0, transcript: [], awaitedDigits: null,
    }, at.ms, discretion);
    return call.changed({}, [{
      type: 'call.started', direction: record.direction, callerNumber: record.callerNumber, calleeNumber: record.calleeNumber,
      agentId: record.agentId, trunk: record.metadata['trunk'] ?? '', correlationId: record.metadata['correlationId'] ?? '',
    }]);
  }

  /** Takes up a record read from shared state; `startedMs` is the clock time that its start corresponds to. `discretion`: a fresh one. */
  static restore(record: CallRecord, startedMs: number, discretion = new Discretion()): Call {
    discretion.seed(record.transcript);
    return new Call(record, startedMs, discretion);
  }

  /** Goes on with a call that another process has run; its record names the new owner. `startedMs` as for `restore`. */
  static resume(record: CallRecord, startedMs: number, gap: { readonly formerNode: string; readonly gapMs: number }, discretion = new Discretion()): CallChange {
    return Call.restore(record, startedMs, discretion).changed({}, [{ type: 'call.resumed', ...gap }]);
  }

  get ended(): boolean {
    return this.record.state === 'ended';
  }

  answer(at: Instant): CallChange | CallRefusal {
    return this.move('answer', { state: 'answered', answeredAt: at.wall }, [{ type: 'call.answered', setupMs: at.ms - this.startedMs }]);
  }

  /** The conversation exists at the agent's side and media flows. */
  activate(conversationId: ConversationId): CallChange | CallRefusal {
    return this.move('activate', { state: 'active', conversationId }, []);
  }

  /** Another process that goes on with the call has to know. */
  awaitDigits(awaited: AwaitedDigits | null): CallChange | CallRefusal {
    if (this.ended) return this.refuse();
    return this.changed({ awaitedDigits: awaited === null ? null : { ...awaited, question: cutTurn(this.discretion.hide(awaited.question)) } }, []);
  }

  escalate(reason: string): CallChange | CallRefusal {
    return this.move('escalate', {}, [{ type: 'call.escalated', reason }]);
  }

  transfer(kind: 'extension' | 'number' | 'queue', target: string): CallChange | CallRefusal {
    return this.move('transfer', { state: 'transferred' }, [{ type: 'call.transferred', kind, target }]);
  }

  end(reason: TerminationReason, turns: number, at: Instant, { speech = [], cause }: EndDetails = {}): CallChange | CallRefusal {
    if (this.ended) return this.refuse();
    const verdict: Termination = termination(reason);
    return this.changed({ state: 'ended', endedAt: at.wall, endReason: reason }, [
      { type: 'call.ended', ...verdict, durationMs: Math.max(0, at.ms - this.startedMs), turns, speech, ...(cause === undefined ? {} : { cause }) },
    ]);
  }

  /** Takes down what happened; nothing happens in a call that is over. */
  note(event: CallNote): CallChange | CallRefusal {
    if (this.ended) return this.refuse();
    if (event.type === 'dtmf.received' || event.type === 'call.transfer_failed') return this.changed({}, [event]);
    const turnIndex = 'turnIndex' in event ? Math.max(this.record.turnIndex, event.turnIndex) : this.record.turnIndex;
    return this.changed({ turnIndex }, [event]);
  }

  /** What happened to its recording. The record keeps where that stands, for a node that goes on with the call. */
  noteRecording(event: RecordingEvent): CallChange | CallRefusal {
    if (this.ended) return this.refuse();
    const stands = standOf(event);
    return this.changed(stands === null ? {} : { metadata: { ...this.record.metadata, recording: stands } }, [event]);
  }

  private move(act: keyof typeof MAY, change: Partial<CallRecord>, events: readonly CallEvent[]): CallChange | CallRefusal {
    const from: readonly CallState[] = MAY[act];
    if (!from.includes(this.record.state)) return this.refuse();
    return this.changed(change, events);
  }

  private changed(change: Partial<Omit<CallRecord, 'transcript' | 'lastSequence'>>, bodies: readonly EventBody[]): CallChange {
    const { lastSequence, transcript: former } = this.record;
    const { events, rewrites } = this.discretion.tell(bodies, lastSequence);
    const transcript = rewritten(events.reduce(transcriptWith, former), rewrites);
    return { call: new Call({ ...this.record, ...change, transcript, lastSequence: lastSequence + events.length }, this.startedMs, this.discretion), events };
  }

  private refuse(): CallRefusal {
    return { refused: this.ended ? 'already-ended' : 'wrong-state', state: this.record.state };
  }
}

/** The record as it is kept when the words of the conversation are to be forgotten. */
export function withoutWords(record: CallRecord): CallRecord {
  const { awaitedDigits } = record;
  return { ...record, transcript: [], awaitedDigits: awaitedDigits === null ? null : { ...awaitedDigits, question: '' } };
}

/** Null: it stands as before. */
function standOf(event: RecordingEvent): 'heard' | 'refused' | 'stopped' | null {
  if (event.type === 'recording.started') return 'heard';
  if (event.type === 'recording.refused') return 'refused';
  return event.type === 'recording.ended' && event.reason === 'stopped' ? 'stopped' : null;
}

export function isRefusal(change: CallChange | CallRefusal): change is CallRefusal {
  return 'refused' in change;
}
