import { isPortError } from '../../application/ports/port-error.js';
import type { AriBridge } from './ari-rest.js';
import type { AriChannel } from './ari-schema.js';
import type { AsteriskLeg } from './asterisk-leg.js';
import type { AsteriskNode } from './asterisk-node.js';
import { ObjectNames } from './object-names.js';
import { stasisArgsOf } from './offers.js';
import { NORMAL_CLEARING, TEMPORARY_FAILURE } from './release-causes.js';

/** Requests at a time, so that a clean-up of hundreds does not keep live calls waiting. */
const REMOVALS_AT_ONCE = 8;

/**
 * Compares what Asterisk has with what we know, in both directions. Events are lost while the socket is away and are
 * not sent again; a request whose answer was lost may have made something. Objects of other programs are not touched.
 */
export class Reconciliation {
  constructor(
    private readonly node: AsteriskNode,
    private readonly liveLegs: () => readonly AsteriskLeg[],
    /** A call that is in our application and that nobody has been told of. */
    private readonly onUnknownCall: (channel: AriChannel, args: readonly string[]) => void,
  ) {}

  /** @param orphans false: what no leg answers for is left alone. @throws PortError when Asterisk could not be asked. */
  async sweep(signal: AbortSignal, orphans = true): Promise<void> {
    const { rest } = this.node;
    const legs = this.liveLegs(); // before asking: a leg that begins meanwhile is not in the answer and must not be missed in it
    const [channels, bridges] = await Promise.all([rest.channelIds(signal), rest.bridges(signal)]);
    const present = new Set(channels);
    for (const leg of legs) {
      if (!present.has(leg.channelId)) leg.vanish(TEMPORARY_FAILURE);
    }
    if (orphans) await this.removeOrphans(this.node.names, channels, bridges);
    await this.removeCondemned();
  }

  /** Removes what another node has left. @throws PortError when Asterisk could not be asked. */
  async sweepOf(names: ObjectNames, signal: AbortSignal): Promise<void> {
    const { rest } = this.node;
    const [channels, bridges] = await Promise.all([rest.channelIds(signal), rest.bridges(signal)]);
    await this.removeOrphans(names, channels, bridges);
  }

  /**
   * Calls whose StasisStart we missed. Those that came while nobody listened were sent elsewhere by the dialplan. Callers who talk
   * with somebody since a transfer are not offered, whether anybody knows of them or not: no agent comes into that.
   */
  async findUnknownCalls(signal: AbortSignal): Promise<void> {
    const { rest, registry, app } = this.node;
    const [channelIds, bridges] = await Promise.all([rest.channelIdsOf(app, signal), rest.bridges(signal)]);
    const talking = new Set(bridges.filter(({ channels }) => channels.some((id) => ObjectNames.dialled(id))).flatMap(({ channels }) => channels));
    const isUnknown = (id: string): boolean => !ObjectNames.ofAGateway(id) && !talking.has(id) && !registry.hasChannel(id) && !registry.isSpent(id);
    for (const id of channelIds.filter(isUnknown)) {
      const channel = await rest.channel(id, signal).catch((error: unknown) => {
        if (isPortError(error) && error.kind === 'not-found') return undefined; // hung up since
        throw error;
      });
      const args = channel && stasisArgsOf(channel, app);
      if (args && isUnknown(id)) this.onUnknownCall(channel, args); // its StasisStart may have come while we asked
    }
  }

  private async removeOrphans(names: ObjectNames, channels: readonly string[], bridges: readonly AriBridge[]): Promise<void> {
    const { rest, registry, logger } = this.node;
    const kept = conversationsIn(bridges, names);
    // Channels first: a bridge that is deleted under its channels blurs their causes.
    const orphanChannels = channels.filter((id) => names.owns(id) && !registry.hasChannel(id) && !kept.has(id));
    const orphanBridges = bridges.map(({ id }) => id).filter((id) => names.owns(id) && !registry.hasBridge(id) && !kept.has(id));
    const removedChannels = await this.removeEach(orphanChannels, (id) => rest.hangUp(id, NORMAL_CLEARING), 'channel');
    const removedBridges = await this.removeEach(orphanBridges, (id) => rest.destroyBridge(id), 'bridge');
    if (removedChannels + removedBridges > 0) logger.warn('objects of no call removed from asterisk', { channels: removedChannels, bridges: removedBridges });
  }

  private async removeCondemned(): Promise<void> {
    const { condemned, logger } = this.node;
    for (const [id, remove] of [...condemned]) {
      try {
        await remove();
        condemned.delete(id);
      } catch (error) {
        logger.warn('an object in asterisk still cannot be removed', { objectId: id, legId: ObjectNames.keyOf(id) }, error); // the next sweep tries again
      }
    }
  }

  private async removeEach(ids: readonly string[], remove: (id: string) => Promise<boolean>, kind: 'channel' | 'bridge'): Promise<number> {
    let removed = 0;
    const queue = [...ids];
    const worker = async (): Promise<void> => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        try {
          if (await remove(id)) removed += 1;
        } catch (error) {
          this.node.logger.warn('an orphan in asterisk could not be removed', { objectId: id, legId: ObjectNames.keyOf(id) }, error); // the next sweep tries again
        }
      }
    };
    await Promise.all(Array.from({ length: REMOVALS_AT_ONCE }, worker));
    if (removed > 0) this.node.metrics.count('orphans_reaped_total', { kind }, removed);
    return removed;
  }
}

/**
 * Two people who talk with each other since a transfer of a process that has died since: nobody adopts them while state is
 * away, and they must not be cut. The bridge is removed when one of them has left.
 */
function conversationsIn(bridges: readonly AriBridge[], names: ObjectNames): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const { id, channels } of bridges) {
    const dialled = channels.find((channel) => names.isDialled(channel));
    if (dialled === undefined || !channels.some((channel) => !names.owns(channel))) continue;
    kept.add(id).add(dialled);
  }
  return kept;
}
