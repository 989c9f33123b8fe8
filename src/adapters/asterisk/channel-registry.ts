import type { Cancel } from '../../application/ports/clock.js';
import { PortError } from '../../application/ports/port-error.js';
import type { AriEvent } from './ari-schema.js';

export type ChannelEvent = Exclude<AriEvent, { type: 'ApplicationReplaced' }>;
export type ChannelListener = (event: ChannelEvent) => void;

const REMEMBERED_MAX = 2000;

/** Which objects in Asterisk some leg answers for, and who hears a channel's events. What is ours by name and not in here is an orphan. */
export class ChannelRegistry {
  private readonly channels = new Map<string, ChannelListener>();
  private readonly bridges = new Set<string>();
  private readonly spent = new Set<string>();

  /** @throws PortError telephony/duplicate-leg */
  watch(channelId: string, listener: ChannelListener): Cancel {
    if (this.channels.has(channelId)) throw new PortError('a leg with this channel exists', { code: 'telephony/duplicate-leg', kind: 'rejected' });
    this.channels.set(channelId, listener);
    return () => {
      if (this.channels.get(channelId) === listener) this.channels.delete(channelId);
    };
  }

  claimBridge(bridgeId: string): Cancel {
    this.bridges.add(bridgeId);
    return () => { this.bridges.delete(bridgeId); };
  }

  /** @returns whether somebody answers for the channel of this event; he has heard it then. */
  route(event: ChannelEvent): boolean {
    const listener = event.type === 'Dial' ? this.channels.get(event.peer.id) ?? this.channels.get(event.caller?.id ?? '') : this.channels.get(event.channel.id);
    listener?.(event);
    return listener !== undefined;
  }

  hasChannel(channelId: string): boolean {
    return this.channels.has(channelId);
  }

  hasBridge(bridgeId: string): boolean {
    return this.bridges.has(bridgeId);
  }

  /**
   * This id has had its call. A list of channels may be older than the news that one of them has gone, and a request to
   * place a call may come twice: neither makes a second call of the id. The latest 2000 are remembered.
   */
  spend(channelId: string): void {
    this.spent.add(channelId);
    if (this.spent.size > REMEMBERED_MAX) for (const oldest of this.spent) { this.spent.delete(oldest); break; }
  }

  isSpent(channelId: string): boolean {
    return this.spent.has(channelId);
  }
}
