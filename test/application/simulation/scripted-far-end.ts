import type { Cancel } from '../../../src/application/ports/clock.js';
import type { GatewayEvents } from '../../../src/application/ports/gateway-events.js';
import type { OpenMediaOptions, OriginateRequest } from '../../../src/application/ports/telephony.js';
import { tone } from '../../../src/domain/audio/tones.js';
import { rms } from '../../../src/domain/audio/level.js';
import type { GatewayEvent } from '../../../src/domain/simulation/gateway-view.js';
import type { EventBody } from '../../../src/domain/shared/domain-event.js';
import { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { FakeTelephony } from '../../support/fakes/fake-telephony.js';
import type { MemoryLeg } from '../../support/fakes/memory-leg.js';
import type { VirtualClock } from '../../support/virtual-clock.js';

/** What the far end does; all in milliseconds. Its words are tones, one pitch per reply. */
export interface FarEndManners {
  readonly answersAfterMs: number | null;
  readonly greetsAfterMs: number | null;
  /** Length of the greeting and then of each reply; after the last one it hangs up. */
  readonly repliesMs: readonly number[];
  readonly thinksMs: number;
  /** Goes on so long after the caller cut in; null: does not care. */
  readonly yieldsAfterMs: number | null;
  readonly hangsUpAtTheEnd: boolean;
}

export const POLITE: FarEndManners = { answersAfterMs: 300, greetsAfterMs: 200, repliesMs: [1000], thinksMs: 600, yieldsAfterMs: 240, hangsUpAtTheEnd: true };

const FRAME_MS = 20;
const LOUD = 500;
const DIGITS_PAUSE_MS = 400;

/** The events a gateway would log, told to whoever follows. */
export class EventLog implements GatewayEvents {
  readonly followers = new Map<string, (event: GatewayEvent) => void>();
  closed = false;

  follow(correlationId: string, listener: (event: GatewayEvent) => void): Cancel {
    this.followers.set(correlationId, listener);
    return () => { this.followers.delete(correlationId); };
  }

  tell(correlationId: string, atMs: number, body: EventBody): void {
    this.followers.get(correlationId)?.({ callId: `call-${correlationId}`, atMs, clockOffsetMs: 0, body });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** An outgoing leg with an agent of few words at its other end, all on virtual time. */
export class FarEndLeg extends FakeCallLeg {
  private speakingMs = 0;
  private reply = 0;
  private callerVoicedMs = 0;
  private callerSilentMs = Infinity;
  private pending = false;
  private saidSomething = false;
  private startedAtMs = 0;
  private cutAtMs: number | null = null;

  constructor(private readonly time: VirtualClock, private readonly request: OriginateRequest, private readonly manners: FarEndManners, private readonly events: EventLog) {
    super(request.legId, 'outgoing', false, time);
    if (manners.answersAfterMs !== null) {
      time.after(manners.answersAfterMs, () => {
        if (this.ended) return;
        this.farEnd.picksUp();
        if (manners.greetsAfterMs !== null) time.after(manners.greetsAfterMs, () => { this.beginReply(); });
      });
    }
  }

  override async openMedia(options: OpenMediaOptions, signal: AbortSignal): Promise<MemoryLeg> {
    const media = await super.openMedia(options, signal);
    media.onPlayed((samples) => { this.tick(samples); });
    return media;
  }

  override async sendDtmf(digits: string, signal: AbortSignal): Promise<void> {
    await super.sendDtmf(digits, signal);
    const count = this.digitsSent.length;
    this.time.after(DIGITS_PAUSE_MS, () => {
      if (this.ended || this.digitsSent.length !== count) return;
      const nowMs = this.time.nowMs();
      this.tell({ type: 'stt.transcribed', turnIndex: 1, text: '', confidence: null, via: 'digits', digitCount: this.digitsSent.join('').replaceAll('#', '').length, startAtMs: nowMs, endAtMs: nowMs });
      this.beginReply();
    });
  }

  tell(body: EventBody): void {
    this.events.tell(this.request.correlationId ?? '', this.time.nowMs(), body);
  }

  private tick(caller: Int16Array): void {
    const voiced = rms(caller) > LOUD;
    this.callerSilentMs = voiced ? 0 : this.callerSilentMs + FRAME_MS;
    this.callerVoicedMs = voiced ? this.callerVoicedMs + FRAME_MS : this.callerVoicedMs;
    if (voiced) this.saidSomething = true;
    if (this.speakingMs > 0) this.speakOn(voiced);
    else if (this.saidSomething && !this.pending && this.callerSilentMs >= this.manners.thinksMs) this.comeToTurn();
  }

  private speakOn(callerVoiced: boolean): void {
    if (callerVoiced && this.cutAtMs === null && this.manners.yieldsAfterMs !== null) this.cutAtMs = this.time.nowMs() + this.manners.yieldsAfterMs;
    if (this.cutAtMs !== null && this.time.nowMs() >= this.cutAtMs) { this.endReply(true); return; }
    this.media?.hear(tone([300 + 40 * this.reply], { sampleRateHz: 8000, durationMs: FRAME_MS, decibels: -12 }));
    this.speakingMs -= FRAME_MS;
    if (this.speakingMs <= 0) this.endReply(false);
  }

  private comeToTurn(): void {
    const nowMs = this.time.nowMs();
    this.saidSomething = false;
    this.tell({ type: 'stt.transcribed', turnIndex: this.reply, text: `line ${this.reply}`, confidence: 1, via: 'speech', digitCount: 0, startAtMs: nowMs - this.callerSilentMs - this.callerVoicedMs, endAtMs: nowMs - this.callerSilentMs });
    this.callerVoicedMs = 0;
    this.beginReply();
  }

  private beginReply(): void {
    const ms = this.manners.repliesMs[this.reply];
    if (ms === undefined || this.ended) return;
    this.startedAtMs = this.time.nowMs();
    this.speakingMs = ms;
  }

  private endReply(interrupted: boolean): void {
    const source = this.reply === 0 ? 'greeting' : 'agent';
    this.speakingMs = 0;
    this.cutAtMs = null;
    const said = `reply ${this.reply}`;
    this.tell({ type: 'turn.completed', turnIndex: this.reply, source, said, heard: interrupted ? '' : said, interrupted, startedAtMs: this.startedAtMs, endedAtMs: this.time.nowMs(), latency: null });
    this.reply += 1;
    if (this.reply < this.manners.repliesMs.length || !this.manners.hangsUpAtTheEnd) return;
    this.time.after(FRAME_MS * 3, () => {
      this.tell({ type: 'call.ended', result: 'success', reason: 'agent_hangup', durationMs: 1, turns: this.reply, speech: [] });
      this.farEnd.hangsUp();
    });
  }
}

/** A telephone network whose every number is answered by a `FarEndLeg`. */
export class FarEndNetwork extends FakeTelephony {
  readonly events = new EventLog();

  constructor(private readonly time: VirtualClock, private readonly manners: FarEndManners) {
    super(time);
  }

  override async originate(request: OriginateRequest, signal: AbortSignal): Promise<FakeCallLeg> {
    await super.originate(request, signal); // its refusals and its memory of what was asked
    this.legs.pop();
    const leg = new FarEndLeg(this.time, request, this.manners, this.events);
    this.legs.push(leg);
    return leg;
  }
}
