import type { Cancel } from '../../application/ports/clock.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import { pause } from './abortable.js';
import type { AsteriskNode } from './asterisk-node.js';
import type { ChannelListener } from './channel-registry.js';
import { ObjectNames } from './object-names.js';

const FIRST_RETRY_MS = 100;
const RETRY_MAX_MS = 2000;

/**
 * A channel or bridge in Asterisk that must not outlive its leg. Whatever became of the request that made it — also
 * "no answer", after which it may exist — `remove` waits for that and then removes it, again and again until Asterisk
 * says that it is gone. What cannot be removed in time is condemned: the sweep goes on.
 */
export class AriObject {
  private making: Promise<'made' | 'refused' | 'unknown'> | undefined;
  private removal: Promise<void> | undefined;
  private isMade = false;
  private isGone = false;

  private constructor(
    private readonly node: AsteriskNode,
    readonly id: string,
    /** Ends our claim to the name: from then on the sweep may take the object for an orphan. */
    private readonly release: Cancel,
    private readonly erase: (causeCode: number) => Promise<unknown>,
  ) {}

  /** @param listener hears the channel's events, from before it exists. @throws PortError telephony/duplicate-leg */
  static channel(node: AsteriskNode, id: string, listener: ChannelListener): AriObject {
    return new AriObject(node, id, node.registry.watch(id, listener), (causeCode) => node.rest.hangUp(id, causeCode));
  }

  static bridge(node: AsteriskNode, id: string): AriObject {
    return new AriObject(node, id, node.registry.claimBridge(id), () => node.rest.destroyBridge(id));
  }

  /** Asterisk has it, as far as we know. */
  get exists(): boolean {
    return this.isMade && !this.isGone;
  }

  /** It exists already, made by Asterisk. */
  adopt(): this {
    this.making = Promise.resolve('made');
    this.isMade = true;
    return this;
  }

  /** Makes it by `request`, once. Rejects as `request` does. */
  create<T>(request: () => Promise<T>): Promise<T> {
    if (this.removal) return Promise.reject(new PortError('the leg has ended', { code: 'telephony/not-found', kind: 'not-found' }));
    const requested = request();
    const made = (): 'made' => {
      this.isMade = true;
      return 'made';
    };
    this.making = requested.then(made, (error: unknown) => (isPortError(error) && error.kind === 'rejected' ? 'refused' : 'unknown'));
    return requested;
  }

  /** Asterisk has told us that it is gone, or no longer ours: nothing is left to remove. */
  gone(): void {
    this.isGone = true;
    if (this.isMade) this.node.registry.spend(this.id);
    this.release();
  }

  /** Removes it; its events are heard until it is `gone`. Idempotent; never rejects. @param causeCode Q.850, for channels. */
  remove(causeCode: number): Promise<void> {
    this.removal ??= this.removeUntilGone(causeCode);
    return this.removal;
  }

  /** Removes it and hears no more of it. Idempotent; never rejects. */
  async discard(causeCode: number): Promise<void> {
    await this.remove(causeCode);
    this.release();
  }

  private async removeUntilGone(causeCode: number): Promise<void> {
    const { clock, timings, closing } = this.node;
    const startedAtMs = clock.nowMs();
    // Refused is not there, or (a duplicate) not ours to remove.
    if (this.making === undefined || await this.making === 'refused') return;
    for (let retryMs = FIRST_RETRY_MS; !this.isGone; retryMs = Math.min(retryMs * 2, RETRY_MAX_MS)) {
      try {
        await this.erase(causeCode);
        return;
      } catch (error) {
        if (clock.nowMs() - startedAtMs + retryMs > timings.cleanupTimeoutMs || closing.aborted) {
          this.condemn(causeCode, error);
          return;
        }
        await pause(clock, retryMs, closing).catch(() => undefined); // closing: one last try, then it is condemned
      }
    }
  }

  private condemn(causeCode: number, error: unknown): void {
    this.node.logger.warn('an object in asterisk could not be removed in time; the sweep goes on with it', { objectId: this.id, legId: ObjectNames.keyOf(this.id) }, error);
    this.node.condemned.set(this.id, () => this.erase(causeCode));
  }
}
