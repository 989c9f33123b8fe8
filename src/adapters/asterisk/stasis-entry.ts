import { isPortError } from '../../application/ports/port-error.js';
import { pause } from './abortable.js';
import type { AsteriskNode } from './asterisk-node.js';

const RETRY_MS = 20;
/** Usually the event is there before the answer to the request that made the channel. When it was lost, we just try. */
const EVENT_WAIT_MS = 100;

/**
 * The moment a channel of ours enters our application. Asterisk starts it in a thread of its own: the answer to the
 * request that made it, its StasisStart, and the first request that needs it there may come in any order, and a request
 * that comes too early is refused with "Channel not in Stasis application" (409 or 422, seen on 22.10 in 1 of 30 calls).
 */
export class StasisEntry {
  private enter: () => void = () => undefined;
  private readonly entered = new Promise<void>((resolve) => { this.enter = resolve; });

  constructor(private readonly node: AsteriskNode) {}

  /** StasisStart was heard. */
  mark(): void {
    this.enter();
  }

  /** Runs `request` when the channel has entered, and again while Asterisk still thinks otherwise. @throws PortError as `request`; telephony/not-in-stasis after the limit. */
  async then<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, timings } = this.node;
    await this.wait(signal);
    for (const startedAtMs = clock.nowMs(); ;) {
      try {
        return await request();
      } catch (error) {
        const tooEarly = isPortError(error) && error.code === 'telephony/not-in-stasis';
        if (!tooEarly || clock.nowMs() - startedAtMs > timings.enterTimeoutMs) throw error;
        await pause(clock, RETRY_MS, signal);
      }
    }
  }

  private async wait(signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const limit = pause(this.node.clock, EVENT_WAIT_MS, AbortSignal.any([signal, waiting.signal]));
    await Promise.race([this.entered, limit]).finally(() => { waiting.abort(); });
  }
}
