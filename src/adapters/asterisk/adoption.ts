import { isPortError, PortError } from '../../application/ports/port-error.js';
import type { AdoptedLeg } from '../../application/ports/telephony.js';
import type { LegId } from '../../domain/shared/ids.js';
import type { AriBridge } from './ari-rest.js';
import type { AriChannel } from './ari-schema.js';
import type { AsteriskLeg } from './asterisk-leg.js';
import type { AsteriskNode } from './asterisk-node.js';
import { ObjectNames } from './object-names.js';
import { NORMAL_CLEARING } from './release-causes.js';

/** The legs that the adapter has, and how it makes one. */
export interface AdoptionLegs {
  /** Takes a leg that was found in our application and offered to nobody yet. */
  waiting(id: LegId): AsteriskLeg | undefined;
  has(id: LegId): boolean;
  make(id: LegId, channel: AriChannel): AsteriskLeg;
}

/**
 * Takes over a caller whose process has died. Asterisk keeps his channel in the dead application, in its bridge; `move`
 * brings it into ours without a sound (tried on 22.10: the bridge stays, StasisStart comes here, later events too).
 */
export class Adoption {
  constructor(private readonly node: AsteriskNode, private readonly legs: AdoptionLegs) {}

  /** @throws PortError telephony/not-found, telephony/duplicate-leg, outages */
  async take(id: LegId, signal: AbortSignal): Promise<AdoptedLeg> {
    const bridges = await this.node.rest.bridges(signal); // before anything is ours: a failure here leaves the caller to the next try
    const leg = this.legs.waiting(id) ?? await this.takeIn(id, signal);
    try {
      return { leg, connected: await this.rejoin(leg, bridges, signal) };
    } catch (cause) {
      await leg.letGo(); // nobody holds it: the next try finds the caller, and whoever is with him then, as they are
      if (!isPortError(cause) || (cause.kind !== 'not-found' && cause.code !== 'telephony/not-in-stasis')) throw cause;
      throw new PortError('whom the caller talked with has just left', { code: 'telephony/unavailable', kind: 'unavailable', cause });
    }
  }

  private async takeIn(id: LegId, signal: AbortSignal): Promise<AsteriskLeg> {
    if (this.legs.has(id)) throw new PortError('this process has that leg', { code: 'telephony/duplicate-leg', kind: 'rejected' });
    const channel = await this.channelOf(id, signal);
    const leg = this.legs.waiting(id) ?? this.legs.make(id, channel); // it may have been found while we asked
    try {
      await this.bringIn(channel.id, signal);
      return leg;
    } catch (error) {
      leg.vanish(NORMAL_CLEARING); // whoever has it now keeps it
      if (!isPortError(error) || error.code !== 'telephony/not-in-stasis') throw error;
      throw new PortError('the caller has left to the dialplan', { code: 'telephony/not-found', kind: 'not-found', cause: error });
    }
  }

  /** The channel of a caller has the leg's id; one that a node has placed is named after it. */
  private async channelOf(id: LegId, signal: AbortSignal): Promise<AriChannel> {
    const { rest, names } = this.node;
    try {
      return await rest.channel(id, signal);
    } catch (error) {
      if (!isPortError(error) || error.kind !== 'not-found') throw error;
      const placed = (await rest.channelIds(signal)).find((channelId) => names.isPlaced(channelId, id));
      if (placed === undefined) throw error;
      return rest.channel(placed, signal);
    }
  }

  private async bringIn(channelId: string, signal: AbortSignal): Promise<void> {
    const { rest, app } = this.node;
    const ours = await rest.channelIdsOf(app, signal);
    if (!ours.includes(channelId)) await rest.move(channelId, app, signal);
  }

  /** A conversation with somebody else that goes on without us, if there is one. Whichever node dialled him: the last one may have adopted both. */
  private async rejoin(leg: AsteriskLeg, bridges: readonly AriBridge[], signal: AbortSignal): Promise<boolean> {
    const bridge = bridges.find(({ channels }) => channels.includes(leg.channelId));
    const target = bridge?.channels.find((id) => id !== leg.channelId && ObjectNames.dialled(id)); // a leg that was placed is dialled itself
    if (bridge === undefined || target === undefined) return false;
    leg.goOnConnected(bridge.id, target);
    await this.bringIn(target, signal);
    return true;
  }
}
