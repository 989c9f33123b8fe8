import type { QueueFailure, TransferOutcome, TransferTarget } from '../../application/ports/telephony.js';
import { untilAborted } from './abortable.js';
import type { AsteriskNode } from './asterisk-node.js';
import type { ChannelEvent } from './channel-registry.js';
import { transferToExtension } from './extension-transfer.js';

type Fate = 'taken' | 'followed-long-enough' | QueueFailure | 'unreachable';

/** Values of QUEUESTATUS (app_queue) as our dialplan passes them on. CONTINUE and WITHDRAW are an operator's doing. */
const FAILURES: Readonly<Record<string, QueueFailure>> = {
  FULL: 'queue-full', JOINEMPTY: 'queue-empty', LEAVEEMPTY: 'queue-empty', JOINUNAVAIL: 'queue-empty', LEAVEUNAVAIL: 'queue-empty', TIMEOUT: 'queue-timeout',
};
/** Names the application that a caller whom nobody of the queue has taken goes back to; asterisk-conf/extensions.conf reads it. */
const RETURN_APP = 'RETURN_APP';

/**
 * One wait of a caller in a queue of the PBX. He leaves our application for the dialplan, and stays ours: we go on hearing of his
 * channel, by a subscription, so that his return and his end are known, and the `Dial` that somebody of the queue has answered (seen
 * on 22.10; of bridges outside our application nothing is told).
 */
export class QueueVisit {
  private settle: (fate: Fate) => void = () => undefined;
  private readonly fate = new Promise<Fate>((resolve) => { this.settle = resolve; });
  private away = false;

  constructor(private readonly node: AsteriskNode, private readonly channelId: string) {}

  /**
   * @param life aborts when the leg ends.
   * @throws PortError telephony/not-found (the caller hung up), outages; the caller has not left then.
   */
  async run({ context, queue, followMs }: Extract<TransferTarget, { kind: 'queue' }>, signal: AbortSignal, life: AbortSignal): Promise<TransferOutcome> {
    const { rest, app, clock } = this.node;
    await untilAborted(rest.subscribe(app, this.channelId), signal);
    await untilAborted(rest.setVariable(this.channelId, RETURN_APP, app), signal);
    this.away = true; // before the request: its event may be faster than its answer
    try {
      const refused = await transferToExtension(this.node, this.channelId, { context, extension: `queue-${queue}` }, signal);
      if (refused !== undefined) { this.away = false; return refused; }
    } catch (error) {
      this.away = false;
      throw error;
    }
    const stopFollowing = (): void => { this.settle('followed-long-enough'); };
    const cancel = clock.after(followMs, stopFollowing);
    signal.addEventListener('abort', stopFollowing, { once: true });
    try {
      const fate = await untilAborted(this.fate, life);
      return fate === 'taken' || fate === 'followed-long-enough' ? { kind: 'handed-over' } : { kind: 'failed', reason: fate };
    } finally {
      cancel();
      signal.removeEventListener('abort', stopFollowing);
    }
  }

  /** @returns whether the event is part of the visit, and means no end of the leg. */
  hear(event: ChannelEvent): boolean {
    if (!this.away) return false;
    if (event.type === 'Dial' && event.caller?.id === this.channelId && event.dialstatus === 'ANSWER') this.settle('taken');
    if (event.type === 'StasisStart') {
      this.away = false;
      this.settle(fateOf(event.args));
    }
    return event.type === 'StasisEnd' || event.type === 'StasisStart' || event.type === 'Dial';
  }
}

function fateOf(args: readonly string[]): Fate {
  const status = args.find((arg) => arg.startsWith('returned='))?.slice('returned='.length) ?? '';
  return FAILURES[status] ?? 'unreachable';
}
