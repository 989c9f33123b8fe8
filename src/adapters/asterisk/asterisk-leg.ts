import { setMaxListeners } from 'node:events';
import type { Cancel } from '../../application/ports/clock.js';
import type { MediaLeg } from '../../application/ports/media-leg.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import type { CallLeg, ConsultationOutcome, ConsultationTarget, LegEvent, OpenMediaOptions, ReleaseCause, TransferOutcome, TransferTarget } from '../../application/ports/telephony.js';
import type { LegId } from '../../domain/shared/ids.js';
import { eitherOf, givenUp, pause, untilAborted } from './abortable.js';
import { AriObject } from './ari-object.js';
import type { AsteriskLegOptions } from './asterisk-leg-options.js';
import type { AsteriskNode } from './asterisk-node.js';
import type { ChannelEvent } from './channel-registry.js';
import { handlingIn, hangUpCauseIn, isAnswer, isEarlyMedia, isRinging } from './channel-signals.js';
import { assertDigits } from './dial-strings.js';
import { DialplanTransfers } from './dialplan-transfers.js';
import { DialledTransfers } from './dialled-transfers.js';
import { LegEvents } from './leg-events.js';
import { type BridgedCaller, LegMedia } from './leg-media.js';
import { OutgoingChannel, type DialRequest } from './outgoing-channel.js';
import { CAUSE_CODES, legEnded, NORMAL_CLEARING } from './release-causes.js';
import { untilAnswered } from './until-answered.js';

/** One channel in our application, and all that belongs to it. */
export class AsteriskLeg implements CallLeg {
  readonly id: LegId;
  private readonly events: LegEvents;
  /** Ends with the leg: every wait for something of it ends then with telephony/not-found. */
  private readonly life = new AbortController();
  private readonly lifeOrClosing: AbortSignal;
  private readonly reported = new Set<LegEvent['type']>();
  private main: AriObject;
  private outgoing: OutgoingChannel | undefined;
  private media: LegMedia | undefined;
  private mediaOpened = false;
  private readonly dialled: DialledTransfers;
  private readonly dialplan: DialplanTransfers;
  private transferInProgress = false;
  private answering: Promise<void> | undefined;
  private released = false;
  private hangUpCause: number | undefined;
  private releaseCode: number | undefined;
  private releasing: Promise<void> | undefined;
  private cleaning: Promise<void> | undefined;
  private cancelRinging: Cancel = () => undefined;

  /** @throws PortError telephony/duplicate-leg */
  constructor(private readonly node: AsteriskNode, private readonly options: AsteriskLegOptions) {
    this.id = options.id;
    setMaxListeners(0, this.life.signal);
    this.events = new LegEvents(node.logger.with({ legId: options.id }));
    if (options.direction === 'outgoing') {
      this.outgoing = new OutgoingChannel(node, options.channelId, (event) => { this.heard(event); });
      this.main = this.outgoing.object;
    } else {
      this.main = AriObject.channel(node, options.channelId, (event) => { this.heard(event); }).adopt();
    }
    this.lifeOrClosing = eitherOf(this.life.signal, node.closing); // now that nothing can throw: it holds on to the node
    setMaxListeners(0, this.lifeOrClosing);
    this.dialplan = new DialplanTransfers(node, {
      channelId: () => this.main.id, media: () => this.media, lifeOrClosing: this.lifeOrClosing, onLeft: (isGone) => this.leaveForGood(isGone),
    });
    this.dialled = new DialledTransfers(node, {
      objectKey: options.objectKey, callerNumber: options.callerNumber, channelId: () => this.main.id, bridge: () => this.bridge(), lifeOrClosing: this.lifeOrClosing,
      onTargetHungUp: () => { void this.hangUp('normal'); },
      onConsultationOver: () => { this.transferInProgress = false; },
    });
  }

  get ended(): boolean {
    return this.life.signal.aborted;
  }

  /** Asterisk has its channel, as far as we know: a list of channels without it proves the end of the leg. */
  get exists(): boolean {
    return !this.ended && this.main.exists;
  }

  get channelId(): string {
    return this.main.id;
  }

  onEvent(listener: (event: LegEvent) => void): Cancel {
    return this.events.onEvent(listener);
  }

  async answer(signal: AbortSignal): Promise<void> {
    this.assertAlive(signal);
    if (this.reported.has('answered')) return;
    if (this.options.direction === 'outgoing') throw new PortError('only an offered leg can be answered', { code: 'telephony/not-offered', kind: 'rejected' });
    const { rest, clock } = this.node;
    const patience = AbortSignal.any([signal, this.lifeOrClosing]);
    this.answering ??= untilAnswered(clock, () => rest.answer(this.main.id), patience).then(() => { this.reportOnce({ type: 'answered' }); }, (error: unknown) => {
      this.answering = undefined; // asked again, it is tried again
      throw error;
    });
    await this.whileAlive(this.answering, signal);
  }

  async openMedia(options: OpenMediaOptions, signal: AbortSignal): Promise<MediaLeg> {
    this.assertAlive(signal);
    if (this.mediaOpened) throw new PortError('media is opened once', { code: 'telephony/media-open', kind: 'rejected' });
    this.mediaOpened = true;
    const media = this.bridge();
    try {
      return await this.whileAlive(media.open(options, signal), signal);
    } catch (error) {
      void media.abandon(); // nobody holds it: nobody else would close it. The bridge may still serve a transfer.
      throw error;
    }
  }

  async sendDtmf(digits: string, signal: AbortSignal): Promise<void> {
    assertDigits(digits);
    this.assertAlive(signal);
    await this.whileAlive(this.node.rest.sendDtmf(this.main.id, digits, signal), signal);
  }

  transfer(target: TransferTarget, signal: AbortSignal): Promise<TransferOutcome> {
    return this.oneAtATime<TransferOutcome>(() => this.carryOut(target, signal), signal);
  }

  consult(target: ConsultationTarget, signal: AbortSignal): Promise<ConsultationOutcome> {
    return this.oneAtATime<ConsultationOutcome>(() => this.dialled.consult(target, signal), signal);
  }

  private async carryOut(target: TransferTarget, signal: AbortSignal): Promise<TransferOutcome> {
    switch (target.kind) {
      case 'extension': return this.dialplan.handOver(target, signal);
      case 'number': return this.dialled.connect(target, signal);
      case 'queue': return this.dialplan.waitInQueue(target, signal);
    }
  }

  private async oneAtATime<Outcome extends { readonly kind: string }>(act: () => Promise<Outcome>, signal: AbortSignal): Promise<Outcome | { readonly kind: 'failed'; readonly reason: 'caller-gone' }> {
    this.assertAlive(signal);
    if (this.transferInProgress) throw new PortError('a transfer is in progress', { code: 'telephony/transfer-in-progress', kind: 'rejected' });
    this.transferInProgress = true;
    try {
      const outcome = await act();
      this.transferInProgress = outcome.kind !== 'failed';
      return this.ended && outcome.kind !== 'handed-over' ? { kind: 'failed', reason: 'caller-gone' } : outcome;
    } catch (error) {
      this.transferInProgress = false;
      if (isPortError(error) && (this.ended || error.kind === 'not-found')) return { kind: 'failed', reason: 'caller-gone' };
      throw error;
    }
  }

  hangUp(cause: ReleaseCause): Promise<void> {
    this.releasing ??= this.release(CAUSE_CODES[cause]);
    return this.releasing;
  }

  letGo(): Promise<void> {
    this.releasing ??= this.leave();
    return this.releasing;
  }

  /** Calls the far end of an outgoing leg. On failure nothing of the leg remains. @throws PortError, see OutgoingChannel.dial */
  async place(request: DialRequest, signal: AbortSignal): Promise<void> {
    try {
      await this.whileAlive(this.outgoing?.dial(request, AbortSignal.any([signal, this.life.signal])) ?? Promise.resolve(), signal);
    } catch (error) {
      if (this.ended && !signal.aborted) return; // called, and over already (busy): its events tell
      void this.hangUp('normal');
      throw error;
    }
    if (this.ended || this.reported.has('answered')) return;
    this.cancelRinging = this.node.clock.after(request.ringTimeoutMs, () => { void this.hangUp('no-answer'); });
  }

  /** The caller talks with somebody he was transferred to by a process before us. */
  goOnConnected(bridgeId: string, targetChannelId: string): void {
    this.mediaOpened = true;
    this.transferInProgress = true;
    this.media = LegMedia.ofConversation(this.node, bridgeId, this.bridgedCaller());
    this.dialled.goOnConnected(targetChannelId);
  }

  /** Found answered already (a call from before our restart). */
  markAnswered(): void {
    this.reportOnce({ type: 'answered' });
  }

  /** Resolves when what is being ended now is over; undefined while the leg lives on. */
  get ending(): Promise<void> | undefined {
    return this.releasing ?? this.cleaning;
  }

  /** The adapter closes: nothing may happen by itself any more. */
  stopTimers(): void {
    this.cancelRinging();
  }

  /** Asterisk no longer has the channel, and no event has told us why. */
  vanish(causeCode: number): void {
    this.end(causeCode, false);
  }

  /** Another channel took this one's place (attended transfer by the caller's side); Asterisk has put it where the old one was. */
  continueOn(channelId: string): void {
    this.main.gone();
    this.hangUpCause = undefined;
    this.main = AriObject.channel(this.node, channelId, (event) => { this.heard(event); }).adopt();
  }

  private heard(event: ChannelEvent): void {
    if (this.dialplan.hear(event)) return;
    if (isRinging(event)) this.reportOnce({ type: 'ringing' });
    if (isEarlyMedia(event)) this.reportOnce({ type: 'early-media' });
    if (isAnswer(event)) this.reportOnce({ type: 'answered' });
    const handling = handlingIn(event);
    if (handling !== null) this.events.emit(handling);
    this.heardEnd(event);
  }

  private heardEnd(event: ChannelEvent): void {
    this.hangUpCause = hangUpCauseIn(event) ?? this.hangUpCause;
    // Of a channel that others made there is no ChannelDestroyed: with StasisEnd the subscription ends.
    if (event.type === 'StasisEnd' || event.type === 'ChannelDestroyed') this.end(this.releaseCode ?? this.hangUpCause ?? NORMAL_CLEARING, this.dialplan.left);
  }

  private reportOnce(event: LegEvent): void {
    if (this.reported.has(event.type)) return;
    this.reported.add(event.type);
    if (event.type === 'answered') this.cancelRinging();
    this.events.emit(event);
  }

  private end(causeCode: number, released: boolean): void {
    if (this.ended) return;
    this.released = released;
    this.cancelRinging();
    this.main.gone();
    this.life.abort(new PortError('the leg has ended', { code: 'telephony/not-found', kind: 'not-found' }));
    this.cleaning = this.clean();
    this.events.emit(legEnded({ causeCode, heard: this.releaseCode === undefined ? this.hangUpCause : undefined, released }));
  }

  private async release(causeCode: number): Promise<void> {
    if (!this.ended) {
      this.releaseCode = causeCode;
      await this.main.remove(causeCode);
      if (this.main.exists) await this.untilEnded();
      this.end(causeCode, false);
    }
    await this.cleaning;
  }

  private async leave(): Promise<void> {
    // Two people who talk in our bridge: whoever has the leg now has taken both over as they are.
    if (this.dialled.letGo()) this.media?.letGo();
    this.end(NORMAL_CLEARING, true);
    await this.cleaning;
  }

  /** Asterisk has accepted that the channel goes; its event usually is here already. Lost, we do without it. */
  private async untilEnded(): Promise<void> {
    await pause(this.node.clock, this.node.timings.goneTimeoutMs, this.lifeOrClosing).catch(() => undefined); // aborts when the end is heard
  }

  private async clean(): Promise<void> {
    await this.dialled.close();
    await this.media?.close();
    this.options.onReleased();
  }

  private async leaveForGood(isGone: boolean): Promise<TransferOutcome> {
    if (!isGone) await this.untilEnded();
    this.end(NORMAL_CLEARING, true);
    return this.released ? { kind: 'handed-over' } : { kind: 'failed', reason: 'caller-gone' };
  }

  private bridge(): LegMedia {
    this.media ??= new LegMedia(this.node, this.options.objectKey, this.bridgedCaller());
    return this.media;
  }

  private bridgedCaller(): BridgedCaller {
    return { channelId: () => this.main.id, life: this.life.signal, lifeOrClosing: this.lifeOrClosing };
  }

  private assertAlive(signal: AbortSignal): void {
    this.life.signal.throwIfAborted();
    if (signal.aborted) throw givenUp(signal);
  }

  private whileAlive<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    return untilAborted(work, AbortSignal.any([signal, this.life.signal]));
  }
}
