import { isPortError } from '../../application/ports/port-error.js';
import type { DialFailed, TransferOutcome } from '../../application/ports/telephony.js';
import { untilAborted } from './abortable.js';
import type { AsteriskNode } from './asterisk-node.js';
import type { ChannelEvent } from './channel-registry.js';
import { hangUpCauseIn, isAnswer } from './channel-signals.js';
import type { LegMedia } from './leg-media.js';
import { OutgoingChannel, type DialRequest } from './outgoing-channel.js';
import { CAUSE_CODES, dialFailed, NORMAL_CLEARING } from './release-causes.js';

type Answer = 'answered' | DialFailed;
type Connection = Extract<TransferOutcome, { kind: 'connected' | 'failed' }>;

/**
 * One attempt to bring a dialled number together with a caller. The caller stays with our media until the number has
 * answered and is in the bridge; from then on the two ends hang up together.
 */
export class NumberTransfer {
  private readonly target: OutgoingChannel;
  private settle: (answer: Answer) => void = () => undefined;
  private readonly answer = new Promise<Answer>((resolve) => { this.settle = resolve; });
  private targetEnded = false;
  private connected = false;
  private hangUpCause: number | undefined;

  /**
   * @param onTargetHungUp the target left after it was connected
   * @param onEvent what happens on the target's line, for whoever has a word with it first
   */
  constructor(private readonly node: AsteriskNode, channelId: string, private readonly onTargetHungUp: () => void, onEvent?: (event: ChannelEvent) => void) {
    this.target = new OutgoingChannel(node, channelId, (event) => {
      this.heard(event);
      onEvent?.(event);
    });
  }

  /** A transfer that a process before us has made: the two are talking. */
  static connected(node: AsteriskNode, channelId: string, onTargetHungUp: () => void): NumberTransfer {
    const transfer = new NumberTransfer(node, channelId, onTargetHungUp);
    transfer.target.object.adopt();
    transfer.connected = true;
    return transfer;
  }

  /** @throws PortError outages, and the reason of `signal` when it aborts; the dialled channel is then removed by `close`. */
  async run(request: DialRequest, media: LegMedia, signal: AbortSignal): Promise<Connection> {
    const answer = await this.dial(request, signal);
    return answer === 'answered' ? this.connect(media, signal) : answer;
  }

  /** The target has answered: puts it into the caller's bridge, in the place of our media. @throws PortError as `run`. */
  async connect(media: LegMedia, signal: AbortSignal): Promise<Connection> {
    try {
      await untilAborted(media.replaceBy(this.target.id), signal);
    } catch (error) {
      if (isPortError(error) && error.kind === 'not-found' && !signal.aborted) return { kind: 'failed', reason: 'unreachable' };
      throw error;
    }
    this.connected = true;
    if (this.targetEnded) this.onTargetHungUp();
    return { kind: 'connected' };
  }

  /** False: the two do not talk yet, and the dialled channel is ours to close. */
  letGo(): boolean {
    if (this.connected) this.target.object.gone();
    return this.connected;
  }

  /** Hangs the dialled channel up. Idempotent; never rejects. */
  close(causeCode = this.connected ? NORMAL_CLEARING : CAUSE_CODES['no-answer']): Promise<void> {
    return this.target.object.discard(causeCode);
  }

  /** Calls the target. @throws PortError as `run`. */
  async dial(request: DialRequest, signal: AbortSignal): Promise<Answer> {
    const cancelRinging = this.node.clock.after(request.ringTimeoutMs, () => { this.settle({ kind: 'failed', reason: 'no-answer' }); });
    try {
      await this.target.dial(request, signal);
      return await untilAborted(this.answer, signal);
    } catch (error) {
      if (!isPortError(error) || signal.aborted) throw error;
      if (error.kind === 'not-found') return dialFailed(this.hangUpCause); // it ended before it could be dialled
      if (error.kind === 'rejected') return { kind: 'failed', reason: 'unreachable' };
      throw error;
    } finally {
      cancelRinging();
    }
  }

  private heard(event: ChannelEvent): void {
    if (isAnswer(event)) this.settle('answered');
    this.hangUpCause = hangUpCauseIn(event) ?? this.hangUpCause;
    if (event.type === 'ChannelDestroyed') this.target.object.gone();
    if ((event.type === 'StasisEnd' || event.type === 'ChannelDestroyed') && !this.targetEnded) {
      this.targetEnded = true;
      this.settle(dialFailed(this.hangUpCause));
      if (this.connected) this.onTargetHungUp();
    }
  }
}
