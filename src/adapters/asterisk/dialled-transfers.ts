import type { ConsultationOutcome, ConsultationTarget, TransferOutcome, TransferTarget } from '../../application/ports/telephony.js';
import type { AsteriskNode } from './asterisk-node.js';
import { AsteriskConsultation } from './asterisk-consultation.js';
import { presentable } from './dial-strings.js';
import type { LegMedia } from './leg-media.js';
import { NumberTransfer } from './number-transfer.js';
import type { DialRequest } from './outgoing-channel.js';

/** What is asked of the leg whose caller is to be brought together with somebody. */
export interface DiallingLeg {
  readonly objectKey: string;
  readonly callerNumber: string;
  readonly channelId: () => string;
  readonly bridge: () => LegMedia;
  /** Aborts when the leg ends and when the node closes. */
  readonly lifeOrClosing: AbortSignal;
  /** Somebody who talked with the caller has hung up. */
  readonly onTargetHungUp: () => void;
  /** Somebody who was asked has left, or was let go: others may be called. */
  readonly onConsultationOver: () => void;
}

/** The numbers called for one caller, one at a time: to connect him at once, or to have a word first. */
export class DialledTransfers {
  private current: NumberTransfer | undefined;
  private consultation: AsteriskConsultation | undefined;
  private attempts = 0;

  constructor(private readonly node: AsteriskNode, private readonly leg: DiallingLeg) {}

  /** @throws PortError telephony/invalid-number, outages, the reason of `signal`. */
  async connect(target: Extract<TransferTarget, { kind: 'number' }>, signal: AbortSignal): Promise<TransferOutcome> {
    const request = this.requestFor(target);
    const transfer = new NumberTransfer(this.node, this.nextName(), this.leg.onTargetHungUp);
    this.current = transfer;
    let outcome: TransferOutcome | undefined;
    try {
      outcome = await transfer.run(request, this.leg.bridge(), AbortSignal.any([signal, this.leg.lifeOrClosing]));
      return outcome;
    } finally {
      if (outcome?.kind !== 'connected') {
        this.current = undefined;
        void transfer.close();
      }
    }
  }

  /** @throws PortError as `connect`. */
  async consult(target: ConsultationTarget, signal: AbortSignal): Promise<ConsultationOutcome> {
    const request = this.requestFor(target);
    const { objectKey, lifeOrClosing, bridge, onTargetHungUp } = this.leg;
    const name = this.nextName();
    const consultation = new AsteriskConsultation(this.node, {
      channelId: name, objectKey: `${objectKey}.c${String(this.attempts)}`, callerBridge: bridge, callerLifeOrClosing: lifeOrClosing, onTargetHungUp,
      onOver: () => {
        if (this.consultation === consultation) this.consultation = undefined;
        this.leg.onConsultationOver();
      },
    });
    this.consultation = consultation;
    let outcome: ConsultationOutcome | undefined;
    try {
      outcome = await consultation.dial(request, AbortSignal.any([signal, lifeOrClosing]));
      return outcome;
    } finally {
      if (outcome?.kind !== 'answered') void consultation.close();
    }
  }

  /** A process before us has made the transfer: the two are talking. */
  goOnConnected(targetChannelId: string): void {
    this.current = NumberTransfer.connected(this.node, targetChannelId, this.leg.onTargetHungUp);
  }

  /** Another process has the leg. True: the caller talks with somebody in our bridge, and both were taken over as they are. */
  letGo(): boolean {
    return (this.consultation?.letGo() ?? false) || (this.current?.letGo() ?? false);
  }

  /** Hangs up whoever was called. Idempotent; never rejects. */
  async close(): Promise<void> {
    await Promise.all([this.current?.close(), this.consultation?.close()]);
  }

  private nextName(): string {
    this.attempts += 1;
    return this.node.names.outgoing(this.leg.objectKey, this.attempts);
  }

  private requestFor({ number, trunk, ringTimeoutMs }: ConsultationTarget): DialRequest {
    const caller = presentable(this.leg.callerNumber);
    return {
      endpoint: this.node.dialStrings.ofNumber(number, trunk), ringTimeoutMs, originator: this.leg.channelId(),
      variables: caller === '' ? {} : { 'CONNECTEDLINE(num,i)': caller },
    };
  }
}
