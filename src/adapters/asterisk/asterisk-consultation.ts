import { setMaxListeners } from 'node:events';
import type { Cancel } from '../../application/ports/clock.js';
import type { MediaLeg } from '../../application/ports/media-leg.js';
import { PortError } from '../../application/ports/port-error.js';
import type { Consultation, ConsultationLeg, ConsultationOutcome, LegEvent, OpenMediaOptions, ReleaseCause, TransferOutcome } from '../../application/ports/telephony.js';
import { type LegId, legId } from '../../domain/shared/ids.js';
import { eitherOf, givenUp, untilAborted } from './abortable.js';
import type { AsteriskNode } from './asterisk-node.js';
import type { ChannelEvent } from './channel-registry.js';
import { handlingIn, hangUpCauseIn } from './channel-signals.js';
import { LegEvents } from './leg-events.js';
import { LegMedia } from './leg-media.js';
import { NumberTransfer } from './number-transfer.js';
import type { DialRequest } from './outgoing-channel.js';
import { CAUSE_CODES, legEnded, NORMAL_CLEARING } from './release-causes.js';

export interface ConsultationOptions {
  /** Name of the channel that is dialled. */
  readonly channelId: string;
  /** What the names of its bridge and its audio are made of. */
  readonly objectKey: string;
  readonly callerBridge: () => LegMedia;
  readonly callerLifeOrClosing: AbortSignal;
  /** The person has hung up who talked with the caller. */
  readonly onTargetHungUp: () => void;
  /** The person is gone, and was not connected. */
  readonly onOver: () => void;
}

/** A person who is called and asked, in a bridge of their own, until they are moved into the caller's. */
export class AsteriskConsultation implements Consultation, ConsultationLeg {
  readonly id: LegId;
  private readonly events: LegEvents;
  private readonly life = new AbortController();
  private readonly dialled: NumberTransfer;
  private readonly media: LegMedia;
  private mediaOpened = false;
  private hangUpCause: number | undefined;
  private connecting = false;
  private connected = false;
  private closing: Promise<void> | undefined;

  constructor(private readonly node: AsteriskNode, private readonly options: ConsultationOptions) {
    this.id = legId(options.channelId);
    this.events = new LegEvents(node.logger.with({ legId: options.channelId }));
    setMaxListeners(0, this.life.signal);
    this.dialled = new NumberTransfer(node, options.channelId, options.onTargetHungUp, (event) => { this.heard(event); });
    this.media = new LegMedia(node, options.objectKey, {
      channelId: () => options.channelId, life: this.life.signal, lifeOrClosing: eitherOf(this.life.signal, options.callerLifeOrClosing),
    });
  }

  get leg(): ConsultationLeg {
    return this;
  }

  get ended(): boolean {
    return this.life.signal.aborted;
  }

  /** @throws PortError, see NumberTransfer.dial */
  async dial(request: DialRequest, signal: AbortSignal): Promise<ConsultationOutcome> {
    const answer = await this.dialled.dial(request, signal);
    return answer === 'answered' ? { kind: 'answered', consultation: this } : answer;
  }

  onEvent(listener: (event: LegEvent) => void): Cancel {
    return this.events.onEvent(listener);
  }

  async openMedia(options: OpenMediaOptions, signal: AbortSignal): Promise<MediaLeg> {
    this.life.signal.throwIfAborted();
    if (signal.aborted) throw givenUp(signal);
    if (this.mediaOpened) throw new PortError('media is opened once', { code: 'telephony/media-open', kind: 'rejected' });
    this.mediaOpened = true;
    try {
      return await untilAborted(this.media.open(options, signal), AbortSignal.any([signal, this.life.signal]));
    } catch (error) {
      void this.media.abandon(); // nobody holds it: nobody else would close it
      throw error;
    }
  }

  async hangUp(cause: ReleaseCause): Promise<void> {
    if (!this.connected) await this.close(CAUSE_CODES[cause]);
  }

  async connect(signal: AbortSignal): Promise<Extract<TransferOutcome, { kind: 'connected' | 'failed' }>> {
    if (this.ended) return { kind: 'failed', reason: 'unreachable' };
    if (this.connecting) throw new PortError('caller and person are connected once', { code: 'telephony/transfer-in-progress', kind: 'rejected' });
    this.connecting = true;
    try {
      const outcome = await this.dialled.connect(this.options.callerBridge(), AbortSignal.any([signal, this.options.callerLifeOrClosing]));
      this.connected = outcome.kind === 'connected';
      if (!this.connected) void this.close();
      else this.end(NORMAL_CLEARING, true);
      return outcome;
    } catch (error) {
      void this.close();
      if (this.options.callerLifeOrClosing.aborted && !signal.aborted) return { kind: 'failed', reason: 'caller-gone' };
      throw error;
    }
  }

  /** Another process has the caller. True: he talks with the person, who stays as well. */
  letGo(): boolean {
    return this.connected && this.dialled.letGo();
  }

  /** Hangs the person up and removes what was made for them. Idempotent; never rejects. */
  close(causeCode?: number): Promise<void> {
    this.closing ??= this.release(causeCode);
    return this.closing;
  }

  private async release(causeCode: number | undefined): Promise<void> {
    await this.dialled.close(causeCode);
    this.end(causeCode ?? NORMAL_CLEARING, false);
    await this.media.close();
  }

  private heard(event: ChannelEvent): void {
    if (this.ended) return;
    const handling = handlingIn(event);
    if (handling !== null) this.events.emit(handling);
    this.hangUpCause = hangUpCauseIn(event) ?? this.hangUpCause;
    if (event.type !== 'StasisEnd' && event.type !== 'ChannelDestroyed') return;
    this.end(this.hangUpCause ?? NORMAL_CLEARING, false);
    if (!this.connecting) void this.close();
  }

  /** @param released the person is the caller's from now on. */
  private end(causeCode: number, released: boolean): void {
    if (this.ended) return;
    this.life.abort(new PortError('the leg has ended', { code: 'telephony/not-found', kind: 'not-found' }));
    void this.media.close();
    this.events.emit(legEnded({ causeCode, heard: this.closing === undefined ? this.hangUpCause : undefined, released }));
    if (!released) this.options.onOver();
  }
}
