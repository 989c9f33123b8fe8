import { isPortError } from '../../application/ports/port-error.js';
import type { TransferOutcome, TransferTarget } from '../../application/ports/telephony.js';
import type { AsteriskNode } from './asterisk-node.js';
import type { ChannelEvent } from './channel-registry.js';
import { transferToExtension } from './extension-transfer.js';
import type { LegMedia } from './leg-media.js';
import { QueueVisit } from './queue-visit.js';

/** What is asked of a leg whose caller is sent to the dialplan. */
export interface LeavingLeg {
  readonly channelId: () => string;
  readonly media: () => LegMedia | undefined;
  /** Aborts when the leg ends and when the node closes. */
  readonly lifeOrClosing: AbortSignal;
  /** Asterisk has sent the caller on: the leg ends as released, at once when he `isGone`. Resolves to what it really was. */
  readonly onLeft: (isGone: boolean) => Promise<TransferOutcome>;
}

/** Sending a caller out of our application: for good, or to a queue that may send him back. */
export class DialplanTransfers {
  /** We have asked Asterisk to send the channel on: leaving our application is then not a hang-up. */
  private sentAway = false;
  private visit: QueueVisit | undefined;

  constructor(private readonly node: AsteriskNode, private readonly leg: LeavingLeg) {}

  /** Whether the end of the channel in our application is no hang-up. */
  get left(): boolean {
    return this.sentAway;
  }

  /** @returns whether the event means no end of the leg, because its caller is in a queue. */
  hear(event: ChannelEvent): boolean {
    if (event.type === 'ChannelHangupRequest') this.sentAway = false;
    return this.visit?.hear(event) === true;
  }

  /** @throws PortError, see transferToExtension */
  async handOver(target: Extract<TransferTarget, { kind: 'extension' }>, signal: AbortSignal): Promise<TransferOutcome> {
    this.sentAway = true;
    try {
      // Not given up when the leg ends: its end may be the transfer's success, heard before the answer to the request.
      const failure = await transferToExtension(this.node, this.leg.channelId(), target, signal);
      if (failure) { this.sentAway = false; return failure; }
    } catch (error) {
      if (isPortError(error) && error.kind !== 'timeout') this.sentAway = false; // after a time-out it may still leave
      throw error;
    }
    return this.leg.onLeft(false);
  }

  /** @throws PortError, see QueueVisit.run */
  async waitInQueue(target: Extract<TransferTarget, { kind: 'queue' }>, signal: AbortSignal): Promise<TransferOutcome> {
    const visit = new QueueVisit(this.node, this.leg.channelId());
    this.visit = visit;
    try {
      const outcome = await visit.run(target, signal, this.leg.lifeOrClosing);
      if (outcome.kind === 'failed') await this.leg.media()?.bringBack();
      this.sentAway = outcome.kind === 'handed-over';
      return this.sentAway ? await this.leg.onLeft(true) : outcome;
    } catch (error) {
      this.sentAway = isPortError(error) && error.kind === 'timeout'; // it may still leave
      throw error;
    } finally {
      this.visit = undefined;
    }
  }
}
