import { isPortError, PortError } from '../../application/ports/port-error.js';
import { untilAborted } from './abortable.js';
import { isOutage } from './ari-failure.js';
import { AriObject } from './ari-object.js';
import type { AsteriskNode } from './asterisk-node.js';
import type { ChannelEvent, ChannelListener } from './channel-registry.js';
import { StasisEntry } from './stasis-entry.js';

export interface DialRequest {
  readonly endpoint: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly ringTimeoutMs: number;
  /** Channel whose codecs the new one should match. */
  readonly originator?: string;
}

/** Asterisk's own limit is the second wall, should we be gone when ours is reached. */
const RING_GRACE_S = 5;

/**
 * A channel we dial. Made first and dialled then, so that ringing and announcements are events of a channel that is
 * already ours and never look like an answer (POST /channels would enter our application only when answered).
 */
export class OutgoingChannel {
  readonly object: AriObject;
  private readonly entry: StasisEntry;

  /** @throws PortError telephony/duplicate-leg */
  constructor(private readonly node: AsteriskNode, readonly id: string, listener: ChannelListener) {
    this.entry = new StasisEntry(node);
    this.object = AriObject.channel(node, id, (event: ChannelEvent) => {
      if (event.type === 'StasisStart') this.entry.mark();
      listener(event);
    });
  }

  /**
   * Resolves when the far end is being called.
   *
   * @throws PortError telephony/duplicate-leg, telephony/unreachable (no such endpoint or trunk), telephony/not-found (it is over already),
   * telephony/dial-unanswered (a timeout: it may ring), outages before that.
   */
  async dial(request: DialRequest, signal: AbortSignal): Promise<void> {
    const { rest, registry, app } = this.node;
    const { endpoint, variables, ringTimeoutMs, originator } = request;
    const create = { channelId: this.id, app, endpoint, variables, ...(originator === undefined ? {} : { originator }) };
    try {
      await untilAborted(this.object.create(() => rest.createChannel(create)), signal);
    } catch (error) {
      throw await this.refusal(error);
    }
    registry.spend(this.id);
    await this.entry.then(() => this.ring(ringTimeoutMs), signal);
  }

  private async ring(ringTimeoutMs: number): Promise<void> {
    try {
      await this.node.rest.dial(this.id, Math.ceil(ringTimeoutMs / 1000) + RING_GRACE_S);
    } catch (error) {
      // The channel is there: Asterisk answered a moment ago. However it failed to answer now, it may dial.
      if (!isOutage(error) || (isPortError(error) && error.kind === 'timeout')) throw error;
      throw new PortError('Asterisk did not say whether it dials', { code: 'telephony/dial-unanswered', kind: 'timeout', cause: error });
    }
  }

  /** Asterisk 22 answers 409 "already exists" also when it could not make the channel at all (unknown endpoint, bad address). */
  private async refusal(error: unknown): Promise<unknown> {
    if (!isPortError(error) || !['telephony/conflict', 'telephony/refused', 'telephony/invalid'].includes(error.code)) return error;
    const exists = error.code === 'telephony/conflict' && await this.node.rest.channel(this.id).then(() => true, () => false);
    return exists
      ? new PortError('a channel of this id exists', { code: 'telephony/duplicate-leg', kind: 'rejected', cause: error })
      : new PortError('asterisk cannot dial this destination', { code: 'telephony/unreachable', kind: 'rejected', cause: error });
  }
}
