import type { CallOrder, OrderOutcome } from '../../domain/call/call-order.js';
import type { Call, CallRecord, EndDetails } from '../../domain/call/call.js';
import { causeOfLegEnd, isCalling, reasonOfLegEnd } from '../../domain/call/leg-end.js';
import type { TerminationReason } from '../../domain/call/termination.js';
import type { StimulusBody } from '../../domain/conversation/stimulus.js';
import type { CallId, ConversationId, TenantId } from '../../domain/shared/ids.js';
import { buildEngine, type ConversationPorts } from '../conversation/build-engine.js';
import type { Engine, EngineOutlet } from '../conversation/engine.js';
import { CloseStack } from '../lifecycle/close-stack.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Logger } from '../ports/logger.js';
import type { MediaEvent, MediaLeg } from '../ports/media-leg.js';
import type { NumberPlan } from '../ports/number-plan.js';
import { codeOf, isPortError } from '../ports/port-error.js';
import type { LegEvent, ReleaseCause } from '../ports/telephony.js';
import { callerOf, conversationRequest, enterConversation, firstChange, instantOf, mediaRequest, resumptionOf, type SessionOptions } from './call-beginning.js';
import { voiceIn } from './caller-voice.js';
import { CallLimits } from './call-limits.js';
import { CallJournal, type JournalPorts } from './call-journal.js';
import { measureConversation, reportAnswer, reportEnd } from './call-measurements.js';
import type { LiveCall } from './call-registry.js';
import { CallTransfer } from './call-transfer.js';
import { obeyOrder } from './obey-order.js';
import { CallRecording, type RecordingParts } from './call-recording.js';
import { releaseParts } from './release-parts.js';

/** Answering and opening media together may take this long before the caller is let go. */
const SETUP_DEADLINE_MS = 5000;

/** What a call needs of the outside, chosen for its profile. */
export interface SessionPorts extends JournalPorts, ConversationPorts, RecordingParts {
  readonly numbers: NumberPlan;
}

/** One live call: leg + conversation + journal under one owner. Ends exactly once, whoever ends it, and then holds nothing. */
export class CallSession implements LiveCall {
  readonly callId: CallId;
  readonly tenantId: TenantId;
  readonly finished: Promise<void>;
  taken = false;
  private readonly journal: CallJournal;
  private readonly engine: Engine;
  private readonly limits: CallLimits;
  private readonly log: Logger;
  private readonly ended = new AbortController();
  private readonly owned = new CloseStack();
  private readonly recording: CallRecording;
  private call: Call;
  private held = false;
  private readonly transfer: CallTransfer;
  private answeredAtMs = 0;
  private conversationId: ConversationId | null = null;
  private media: MediaLeg | null = null;
  private markFinished!: () => void;

  constructor(private readonly ports: SessionPorts, private readonly options: SessionOptions) {
    const { callId, route } = options;
    this.callId = callId;
    this.tenantId = route.tenant.id;
    this.log = ports.log.with({ callId, tenantId: this.tenantId, legId: options.offer.leg.id });
    this.finished = new Promise((resolve) => { this.markFinished = resolve; });
    this.journal = new CallJournal({ ...ports, log: this.log }, {
      callId, tenantId: this.tenantId, version: options.inheritance?.stored.version ?? 0, onTaken: () => { this.letGo(); },
    });
    const { discretion, ...first } = firstChange(options, ports);
    this.call = first.call;
    const { record } = first.call;
    this.conversationId = record.conversationId;
    this.engine = buildEngine({ ports, profile: route.profile, callId, tenantId: this.tenantId, log: this.log, outlet: this.outlet(), discretion, resumption: resumptionOf(options, record) });
    this.limits = new CallLimits({
      clock: ports.clock, record: () => this.record, own: (name, cancel) => { this.own(name, cancel); },
      tell: (stimulus) => { this.tell(stimulus); }, end: (reason) => { this.end(reason); }, leaveToQueue: () => this.transfer.leaveToQueue(),
    });
    this.journal.enter(first);
    this.recording = new CallRecording({ ...ports, log: this.log }, options, record, {
      live: () => !this.call.ended && !this.taken, note: (event) => { this.change(this.call.noteRecording(event)); }, announce: (text) => { this.tell({ type: 'announcement', text }); },
    });
    this.transfer = new CallTransfer({
      leg: options.offer.leg, route, ports, log: this.log, ended: this.ended.signal, media: () => this.media, conversationId: () => this.conversationId,
      change: (act) => { this.change(act(this.call)); if (this.record.state === 'transferred') this.recording.end('transferred'); }, tell: (stimulus) => { this.tell(stimulus); }, closeConversation: () => this.engine.close(),
    });
  }

  /** Sets the call up; from then on it lives by its events. Never rejects. */
  async start(): Promise<void> {
    const { leg } = this.options.offer;
    this.own('leg events', leg.onEvent((event) => { this.onLeg(event); }));
    if (this.over()) return; // the caller had gone before we listened
    this.limits.begin();
    const connected = this.options.inheritance?.connected === true;
    if (connected || this.record.state === 'transferred') { this.goOnWithoutAgent(connected); return; }
    void this.openConversation();
    if (this.options.outgoing === undefined) await this.setUp(); // else when it is answered
  }

  private async setUp(): Promise<void> {
    const limit = deadline(this.ports.clock, SETUP_DEADLINE_MS, this.ended.signal);
    try {
      await orAborted(this.connect(limit.signal), limit.signal);
    } catch (error) {
      if (this.over()) return; // the caller left meanwhile: already ended
      const gone = isPortError(error) && error.kind === 'not-found'; // he left while we asked: no fault
      if (!gone) this.log.warn('call setup failed', { code: limit.expired ? 'telephony/timeout' : codeOf(error) }, error);
      this.end(gone ? reasonOfLegEnd(this.record, { released: false, causeCode: 0 }) : 'setup_failed', 'congestion');
    } finally {
      limit.clear();
    }
  }

  /** A person has had the caller before us: no agent ever comes back into that. */
  private goOnWithoutAgent(connected: boolean): void {
    if (!connected) this.end('transferred'); // the person has hung up while nobody watched
    else if (this.record.state !== 'transferred') this.change(this.call.transfer('number', '')); // its process died before it could take that down
  }

  windUp(): void {
    if (!this.over()) this.limits.windUp('drained');
  }

  async abort(): Promise<void> {
    this.end('drained');
    await this.finished;
  }

  obey(order: CallOrder): Promise<OrderOutcome> {
    const { options: { offer: { leg }, route }, ports: { clock, numbers }, log } = this;
    return obeyOrder({
      leg, route, numbers, clock, log, state: () => this.call.record.state, ask: (asked) => this.engine.order(asked), end: () => { this.end('api_hangup'); },
      record: (act) => this.recording.obey(act),
    }, order);
  }

  /** As it is now. */
  get record(): CallRecord {
    return this.call.record;
  }

  get fence(): number {
    return this.call.record.fence;
  }

  letGo(): void {
    this.taken = true; // also when it has ended here: that was not its end
    if (this.over()) return;
    this.journal.disown(this.fence); // before anything is stopped: that would be told
    this.ended.abort();
    this.ports.metrics.count('calls_let_go_total');
    this.log.warn('another node has the call: let go', { fence: this.fence });
    void this.release(this.options.offer.leg.letGo());
  }

  private outlet(): EngineOutlet {
    const { ports, log } = this;
    return {
      record: (event) => {
        this.change(this.call.note(event));
        this.recording.hear(event);
        measureConversation(ports.metrics, this.tenantId, event, this.answeredAtMs);
      },
      awaitDigits: (awaited) => { this.change(this.call.awaitDigits(awaited)); },
      sensitive: (on) => { this.recording.sensitive(on); },
      escalate: (reason) => { this.change(this.call.escalate(reason)); },
      transfer: (handover) => { this.transfer.begin(handover); },
      connectTransfer: () => { this.recording.end('transferred'); this.transfer.connect(); }, // before a person can be heard
      finish: (reason) => { this.end(reason); },
      fail: (error) => {
        log.error('bug in a conversation', {}, error);
        this.end('internal_error');
      },
    };
  }

  /** Media first, then the answer, so that the greeting's audio waits for nothing. */
  private async connect(signal: AbortSignal): Promise<void> {
    const { offer } = this.options;
    const media = await offer.leg.openMedia(mediaRequest(this.options), signal);
    if (this.over()) return;
    this.media = media;
    const caller = callerOf(media, this.options, { ...this.ports, log: this.log });
    this.own('media events', caller.onEvent((event) => { this.onMedia(event); }));
    this.engine.listener.attach(caller);
    this.engine.speaker.attach(media);
    const notice = this.recording.begin(media); // looked up while it is being answered
    await offer.leg.answer(signal);
    if (this.over()) return;
    if (this.call.record.state === 'ringing') this.takeDownAnswer();
    this.activate();
    this.tell({ type: 'media-ready', notice: await notice });
  }

  private takeDownAnswer(): void {
    const now = instantOf(this.ports.clock);
    this.answeredAtMs = now.ms;
    this.change(this.call.answer(now));
    reportAnswer({ ...this.ports, log: this.log }, this.options, now.ms - this.options.offer.offeredAtMs);
  }

  private async openConversation(): Promise<void> {
    try {
      const opened = await enterConversation(this.ports.agent, this.conversationId, conversationRequest(this.options), this.ended.signal);
      if (this.over()) return;
      this.conversationId = opened.conversationId;
      this.activate();
      this.tell({ type: 'agent-opened', ...opened });
    } catch (error) {
      if (this.over()) return;
      const code = codeOf(error, 'agent/failed');
      this.log.warn('conversation not opened', { code, agentId: this.options.route.profile.id }, error);
      if (isCalling(this.record)) { this.end('agent_failed'); return; } // nobody is called to hear an apology
      this.tell({ type: 'agent-unreachable', code });
    }
  }

  /** Active when both are there: an answered caller and a conversation. They come in either order. */
  private activate(): void {
    if (this.conversationId !== null && this.call.record.state === 'answered') this.change(this.call.activate(this.conversationId));
  }

  private onLeg(event: LegEvent): void {
    switch (event.type) {
      case 'dtmf':
        this.change(this.call.note({ type: 'dtmf.received' }));
        if (!this.recording.key(event.digit, this.call.record.awaitedDigits)) this.tell({ type: 'digit', digit: event.digit });
        return;
      case 'held': case 'resumed':
        this.held = event.type === 'held';
        this.tell({ type: event.type === 'held' ? 'caller-held' : 'caller-resumed' });
        return;
      case 'ended':
        if (event.released) this.transfer.handedOver();
        this.end(reasonOfLegEnd(this.record, event), 'normal', causeOfLegEnd(event));
        return;
      case 'answered': this.onAnswered(); return;
      case 'ringing': case 'early-media': return;
    }
  }

  /** Of a caller this is our own answer, told by his leg: he may be gone before the answer to our request comes. */
  private onAnswered(): void {
    const calling = isCalling(this.record);
    if (this.record.state === 'ringing') this.takeDownAnswer();
    if (calling) void this.setUp();
  }

  private onMedia(event: MediaEvent): void {
    const voice = voiceIn(event);
    if (voice !== null) this.tell(voice, event.atMs);
    else if (event.type === 'media-lost' && !this.held && !this.transfer.callerIsAway && this.record.state !== 'transferred') this.end('media_lost');
  }

  /* A method, because the answer may change while something is awaited. */
  private over(): boolean {
    return this.ended.signal.aborted;
  }

  private tell(stimulus: StimulusBody, atMs?: number): void {
    if (!this.over()) this.engine.post(stimulus, atMs);
  }

  private change(change: ReturnType<Call['answer']>): void {
    this.call = this.journal.enter(change) ?? this.call;
  }

  /** The one way out. What happens after it has no effect. */
  private end(reason: TerminationReason, release: ReleaseCause = 'normal', cause?: EndDetails['cause']): void {
    if (this.over()) return;
    this.ended.abort();
    this.recording.end('call-over');
    this.engine.conclude(); // before the last event of the call, as what follows
    this.transfer.callEnds(reason);
    const now = instantOf(this.ports.clock);
    const ending = { reason, turns: this.engine.turns, durationMs: now.ms - this.options.offer.offeredAtMs, speech: this.ports.speechUses(), cause };
    this.change(this.call.end(reason, ending.turns, now, ending));
    const figures = [this.record, ending, this.media?.statistics] as const; // counted when stored: only then is it known that no other node has the call
    void this.release(this.options.offer.leg.hangUp(release), () => { reportEnd({ ...this.ports, log: this.log }, ...figures); });
  }

  private async release(leg: Promise<void>, report: () => void = () => undefined): Promise<void> {
    await releaseParts([leg, this.engine.close(), this.owned.close(), this.transfer.settled, this.recording.close(), this.journal.settled()], { ...this.ports, log: this.log });
    if (!this.taken) report();
    this.markFinished();
  }

  /** Kept until the end of the call; what comes after it is closed at once. */
  private own(name: string, close: () => void): void {
    if (this.over()) close(); else this.owned.defer(name, close);
  }
}
