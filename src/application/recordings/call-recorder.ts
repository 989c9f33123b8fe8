import type { OrderObstacle, OrderOutcome, RecordingAct } from '../../domain/call/call-order.js';
import type { ConversationEvent } from '../../domain/conversation/conversation-events.js';
import { type Consent, type ConsentAct, type ConsentEffect, decideConsent, mayRefuse } from '../../domain/recording/consent.js';
import { saysOptOut } from '../../domain/recording/opt-out-phrase.js';
import type { RecordingEnd, RecordingEvent, RefusedBy } from '../../domain/recording/recording-events.js';
import type { RecordingPolicy } from '../../domain/recording/recording-policy.js';
import { durationOfBytes, expiryOf } from '../../domain/recording/recording.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { IdSource } from '../ports/id-source.js';
import type { MediaLeg } from '../ports/media-leg.js';
import { codeOf } from '../ports/port-error.js';
import type { RecordingWriter } from '../ports/recording-store.js';
import { forgetRecording, type ForgetPorts } from './forget-recording.js';
import { RecordingTrack } from './recording-track.js';

/** The caller waits for his first word meanwhile. Not known by then: he is not recorded. */
const LOOK_UP_DEADLINE_MS = 500;

export interface RecorderPorts extends ForgetPorts {
  readonly ids: IdSource;
}

export interface RecordedCall {
  readonly callId: CallId;
  readonly tenantId: TenantId;
  readonly agentId: string;
  readonly callerNumber: string;
  readonly calleeNumber: string;
  /** Of the person we talk with. */
  readonly number: string;
  readonly policy: RecordingPolicy;
  /** A key within this time of another one is part of an entry, and refuses nothing. */
  readonly interDigitMs: number;
  /** Null: the call begins here. Else what its record says: with `heard` a new part is begun, without a notice, and otherwise none. */
  readonly inherited: { readonly stands: string | undefined } | null;
}

export interface RecorderOutlet {
  tell(event: RecordingEvent): void;
  announce(text: string): void;
}

interface Making {
  readonly recordingId: string;
  readonly writer: RecordingWriter;
  readonly track: RecordingTrack;
  readonly sampleRateHz: number;
}

/**
 * Records a call when the caller has been told and has not refused: no byte is stored before the whole notice was heard. What goes
 * wrong ends the recording, never the call.
 */
export class CallRecorder {
  private consent: Consent = 'none';
  private media: MediaLeg | null = null;
  private making: Making | null = null;
  private lastKeyAtMs = -Infinity;
  private isSensitive = false;
  private readonly work: Promise<unknown>[] = [];

  constructor(private readonly ports: RecorderPorts, private readonly call: RecordedCall, private readonly outlet: RecorderOutlet) {}

  /** Resolves to the notice that is to be said first; empty: the call is not recorded, or goes on being so. Never rejects. */
  async begin(media: MediaLeg): Promise<string> {
    const { policy, inherited } = this.call;
    if (inherited?.stands === 'stopped') this.consent = 'over'; // what another node has kept may still be refused
    if (media.onTracks === undefined || (inherited !== null && inherited.stands !== 'heard') || !await this.mayAsk()) return '';
    this.media = media;
    this.consent = 'asking';
    if (inherited === null) return policy.notice;
    this.act({ type: 'heard' });
    return '';
  }

  /** What was said in the conversation. */
  hear(event: ConversationEvent): void {
    if (event.type === 'turn.completed' && event.source === 'notice') this.act({ type: event.heard !== '' && event.heard === event.said ? 'heard' : 'unheard' });
    else if (event.type === 'stt.transcribed' && saysOptOut(event.text, this.call.policy.optOutPhrases)) this.refuse('phrase');
  }

  /** True: the key has refused the recording and is of no meaning to anybody else. */
  key(digit: string, agentWaitsForKeys: boolean): boolean {
    const nowMs = this.ports.clock.nowMs();
    const entering = nowMs - this.lastKeyAtMs < this.call.interDigitMs || (agentWaitsForKeys && this.consent !== 'asking');
    if (digit === this.call.policy.optOutKey && !entering && mayRefuse(this.consent)) {
      this.refuse('key');
      return true;
    }
    this.lastKeyAtMs = nowMs;
    return false;
  }

  obey(act: RecordingAct): OrderOutcome {
    const before = this.consent;
    if (act === 'refuse') this.act({ type: 'refuse', by: 'order' });
    else this.act({ type: act });
    return this.consent === before ? obstacleOf(before) : 'accepted';
  }

  /** From `on` until it is over nothing is recorded, whoever asks for it: a card is being typed. */
  sensitive(on: boolean): void {
    this.isSensitive = on;
    this.settlePause();
  }

  /** What was recorded is kept. Idempotent. */
  end(reason: RecordingEnd): void {
    this.act({ type: 'end', reason });
  }

  /** Resolves when all is written or erased, as far as that can be waited for. */
  async close(): Promise<void> {
    this.end('call-over');
    await Promise.all(this.work);
  }

  private isOn(): boolean {
    return this.consent === 'asking' || this.consent === 'recording' || this.consent === 'paused';
  }

  private async mayAsk(): Promise<boolean> {
    const { refusals, clock, log, metrics } = this.ports;
    const limit = deadline(clock, LOOK_UP_DEADLINE_MS);
    try {
      return !await orAborted(refusals.has(this.call.tenantId, this.call.number, limit.signal), limit.signal);
    } catch (error) {
      const code = limit.expired ? 'recording-refusals/timeout' : codeOf(error);
      metrics.count('provider_errors_total', { port: 'recording-refusals', code });
      log.warn('not recorded: nobody knows whether the caller has refused before', { code }, error);
      return false;
    } finally {
      limit.clear();
    }
  }

  private refuse(by: RefusedBy): void {
    if (mayRefuse(this.consent)) this.act({ type: 'refuse', by });
  }

  private act(act: ConsentAct): void {
    const { consent, effects } = decideConsent(this.consent, act);
    this.consent = consent;
    for (const effect of effects) this.carryOut(effect);
  }

  private carryOut(effect: ConsentEffect): void {
    switch (effect.type) {
      case 'begin': this.start(); return;
      case 'pause': case 'resume': this.settlePause(); return;
      case 'keep': this.keep(effect.reason); return;
      case 'forget': this.forget(effect.by); return;
    }
  }

  private start(): void {
    const { media, ports: { store, clock, ids, metrics }, call } = this;
    if (media === null) return;
    const recordingId = ids.next();
    const startedAt = clock.wallTime();
    const { sampleRateHz } = media;
    const { callId, tenantId, agentId, callerNumber, calleeNumber, policy } = call;
    const writer = store.begin({ recordingId, tenantId, callId, agentId, callerNumber, calleeNumber, startedAt, expiresAt: expiryOf(startedAt, policy.retentionDays), sampleRateHz });
    const track = new RecordingTrack(media, writer, clock.nowMs(), () => { this.act({ type: 'end', reason: 'failed' }); });
    this.making = { recordingId, writer, track, sampleRateHz };
    metrics.count('recordings_total', { outcome: 'started' });
    this.outlet.tell({ type: 'recording.started', recordingId, sampleRateHz });
    this.settlePause();
  }

  private settlePause(): void {
    if (this.making === null || !this.isOn()) return;
    const { track, recordingId } = this.making;
    const paused = this.isSensitive || this.consent === 'paused';
    if (track.paused === paused) return;
    track.paused = paused;
    this.outlet.tell({ type: paused ? 'recording.paused' : 'recording.resumed', recordingId });
  }

  private keep(reason: RecordingEnd): void {
    if (this.making === null) return;
    const { track, writer, recordingId, sampleRateHz } = this.making;
    const { log, metrics } = this.ports;
    track.stop();
    const bytes = writer.audioBytes;
    this.outlet.tell({ type: 'recording.ended', recordingId, reason, durationMs: durationOfBytes(bytes, sampleRateHz), bytes });
    if (reason === 'failed') log.warn('a recording could not be written any more', { recordingId });
    this.work.push(writer.finish().then(() => {
      metrics.count('recordings_total', { outcome: reason === 'failed' ? 'failed' : 'kept' });
    }, (error: unknown) => {
      metrics.count('recordings_total', { outcome: 'failed' });
      log.warn('a recording could not be completed', { recordingId, code: codeOf(error) }, error);
    }));
  }

  private forget(by: RefusedBy): void {
    const { making, ports, call, outlet } = this;
    making?.track.stop();
    this.making = null;
    ports.metrics.count('recordings_total', { outcome: 'refused' });
    outlet.tell({ type: 'recording.refused', by });
    outlet.announce(call.policy.refused);
    this.work.push(forgetRecording(ports, { ...call, making }, (recordingId) => {
      ports.metrics.count('recordings_erased_total', { cause: 'refused' });
      outlet.tell({ type: 'recording.erased', recordingId, cause: 'refused' });
    }));
  }
}

/** Why an order has changed nothing. */
function obstacleOf(consent: Consent): OrderObstacle {
  switch (consent) {
    case 'none': return 'not-recorded';
    case 'asking': return 'recording-not-begun';
    case 'recording': return 'recording-not-paused';
    case 'paused': return 'recording-paused';
    case 'over': return 'recording-over';
    case 'refused': return 'recording-refused';
  }
}
