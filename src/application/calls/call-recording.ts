import type { OrderOutcome, RecordingAct } from '../../domain/call/call-order.js';
import type { CallRecord } from '../../domain/call/call.js';
import type { ConversationEvent } from '../../domain/conversation/conversation-events.js';
import type { AwaitedDigits } from '../../domain/conversation/stimulus.js';
import type { RecordingEnd, RecordingEvent } from '../../domain/recording/recording-events.js';
import type { Clock } from '../ports/clock.js';
import type { IdSource } from '../ports/id-source.js';
import type { Logger } from '../ports/logger.js';
import type { MediaLeg } from '../ports/media-leg.js';
import type { Metrics } from '../ports/metrics.js';
import { CallRecorder, type RecorderOutlet, type RecorderPorts } from '../recordings/call-recorder.js';
import type { ErasureProofs } from '../recordings/erasure-proofs.js';
import type { SessionOptions } from './call-beginning.js';

/** What recording needs of the outside. */
export interface RecordingPorts extends Pick<RecorderPorts, 'store' | 'refusals'> {
  readonly proofs: ErasureProofs;
}

export interface RecordingParts {
  /** Without it nothing is recorded. */
  readonly recording?: RecordingPorts;
}

interface Surroundings extends RecordingParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The call, as far as its recording needs it. */
export interface RecordingSession {
  /** False: what happens now is none of its events any more. */
  live(): boolean;
  note(event: RecordingEvent): void;
  /** Tells the caller. */
  announce(text: string): void;
}

/** The recording of a call, where its agent's calls are recorded; else nothing comes of anything. */
export class CallRecording {
  private readonly recorder: CallRecorder | null;

  constructor(parts: Surroundings, { callId, route, inheritance }: SessionOptions, record: CallRecord, session: RecordingSession) {
    const { tenant: { id: tenantId }, profile } = route;
    const { recording } = parts;
    const { callerNumber, calleeNumber, direction, metadata } = record;
    this.recorder = recording === undefined || profile.recording.mode === 'off' ? null : new CallRecorder({ ...parts, ...recording }, {
      callId, tenantId, agentId: profile.id, callerNumber, calleeNumber, number: direction === 'inbound' ? callerNumber : calleeNumber,
      policy: profile.recording, interDigitMs: profile.turnPolicy.interDigitMs, inherited: inheritance === undefined ? null : { stands: metadata['recording'] },
    }, outletOf(session, (event) => { recording.proofs.tell({ tenantId, callId, recordingId: event.recordingId }, event.cause); }));
  }

  /** Resolves to the notice that is to be said first; empty: none. Never rejects. */
  begin(media: MediaLeg): Promise<string> {
    return this.recorder?.begin(media) ?? Promise.resolve('');
  }

  hear(event: ConversationEvent): void {
    this.recorder?.hear(event);
  }

  /** True: the key has refused the recording and is of no meaning to anybody else. */
  key(digit: string, awaited: AwaitedDigits | null): boolean {
    return this.recorder?.key(digit, awaited !== null) ?? false;
  }

  obey(act: RecordingAct): OrderOutcome {
    return this.recorder?.obey(act) ?? 'not-recorded';
  }

  /** True: a card is being typed; nothing is recorded until it is over. */
  sensitive(on: boolean): void {
    this.recorder?.sensitive(on);
  }

  end(reason: RecordingEnd): void {
    this.recorder?.end(reason);
  }

  async close(): Promise<void> {
    await this.recorder?.close();
  }
}

/** That it is erased is told also when the call is over: it is owed to the caller. */
function outletOf(session: RecordingSession, prove: (erased: Extract<RecordingEvent, { type: 'recording.erased' }>) => void): RecorderOutlet {
  return {
    tell: (event) => {
      if (session.live()) session.note(event);
      else if (event.type === 'recording.erased') prove(event);
    },
    announce: (text) => { session.announce(text); },
  };
}
