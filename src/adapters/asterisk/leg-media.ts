import type { MediaLeg } from '../../application/ports/media-leg.js';
import { PortError } from '../../application/ports/port-error.js';
import type { OpenMediaOptions } from '../../application/ports/telephony.js';
import type { RtpLeg } from '../media/rtp-leg.js';
import { AriObject } from './ari-object.js';
import type { AsteriskNode } from './asterisk-node.js';
import { NORMAL_CLEARING } from './release-causes.js';
import { StasisEntry } from './stasis-entry.js';
import { untilAnswered } from './until-answered.js';

export interface BridgedCaller {
  /** Asked each time: an attended transfer may put another channel in its place. */
  readonly channelId: () => string;
  /** Aborts when the leg ends. */
  readonly life: AbortSignal;
  /** The same, and when the node closes. */
  readonly lifeOrClosing: AbortSignal;
}

/**
 * The bridge of a leg and who is in it: the caller, and either our external media or the channel of a transfer.
 * Bridge and external media are made at the same time, and each joins as soon as it can: about 5 ms on one machine.
 */
export class LegMedia {
  private readonly bridge: AriObject;
  private readonly external: AriObject;
  private readonly externalEntry: StasisEntry;
  private bridged: Promise<void> | undefined;
  private rtp: RtpLeg | undefined;
  private abandoning: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly node: AsteriskNode, private readonly key: string, private readonly caller: BridgedCaller, bridge?: AriObject) {
    this.bridge = bridge ?? AriObject.bridge(node, node.names.bridge(key));
    this.externalEntry = new StasisEntry(node);
    this.external = AriObject.channel(node, node.names.externalMedia(key), (event) => {
      if (event.type === 'StasisStart') this.externalEntry.mark();
      if (event.type !== 'ChannelDestroyed') return;
      this.external.gone();
      if (!this.abandoning) node.logger.warn('asterisk ended the media channel of a living leg', { legId: key, cause: event.cause });
    });
  }

  /**
   * While Asterisk gives no answer it is asked again, until `signal` aborts.
   *
   * @throws PortError media/capacity, telephony/refused, the reason of `signal`. Whatever was made is then removed by `close`.
   */
  async open(options: OpenMediaOptions, signal: AbortSignal): Promise<MediaLeg> {
    const { rest, media, wideband, clock } = this.node;
    const patience = AbortSignal.any([signal, this.caller.lifeOrClosing]);
    const codec = options.preferredSampleRateHz === 16_000 && wideband() ? 'slin16' : 'ulaw';
    const rtp = media.plane.openLeg({ codec, voiceDetection: options.voiceDetection, mediaTimeoutMs: media.mediaTimeoutMs, label: this.key });
    this.rtp = rtp;
    const externalHost = `${media.advertisedHost}:${media.plane.localPort}`;
    const pinned = this.external
      .create(() => untilAnswered(clock, (again) => rest.createExternalMedia({ channelId: this.external.id, app: this.node.app, externalHost, format: codec }, again), patience))
      .then((peer) => { this.pin(rtp, media.peerHost ?? peer.host, peer.port); });
    const bridged = this.bridgeCaller((request) => untilAnswered(clock, request, patience));
    await Promise.all([bridged, pinned]);
    await this.externalEntry.then(() => untilAnswered(clock, () => rest.addToBridge(this.bridge.id, this.external.id), patience), this.caller.life);
    return rtp;
  }

  /** The bridge of a process before us in the place of ours, with the caller in it and a channel he was transferred to. Before anything else. */
  static ofConversation(node: AsteriskNode, bridgeId: string, caller: BridgedCaller): LegMedia {
    const media = new LegMedia(node, bridgeId, caller, AriObject.bridge(node, bridgeId).adopt());
    media.bridged = Promise.resolve();
    media.abandoning = media.external.discard(NORMAL_CLEARING); // no audio of ours is in it, nor will be
    return media;
  }

  /** Puts another channel in the place of our media. @throws PortError telephony/not-found when it has hung up meanwhile: our media is still there then. */
  async replaceBy(channelId: string): Promise<void> {
    await this.bridgeCaller();
    await this.node.rest.addToBridge(this.bridge.id, channelId);
    await this.abandon();
  }

  /** The caller was elsewhere and is in our application again: back to our audio, which has waited for him. */
  async bringBack(): Promise<void> {
    if (this.bridged === undefined) return;
    const { rest, clock } = this.node;
    const entry = new StasisEntry(this.node);
    entry.mark();
    await entry.then(() => untilAnswered(clock, () => rest.addToBridge(this.bridge.id, this.caller.channelId()), this.caller.lifeOrClosing), this.caller.lifeOrClosing);
  }

  /** Ends our audio; the bridge stays. Idempotent; never rejects. */
  abandon(): Promise<void> {
    this.abandoning ??= this.closeExternal();
    return this.abandoning;
  }

  /** The bridge is another process's by now. Our audio has left it already. */
  letGo(): void {
    this.bridge.gone();
  }

  /** Ends audio and removes everything. Idempotent; never rejects. */
  close(): Promise<void> {
    // External media first: deleting a bridge with a channel that is hanging up blurs the cause (asterisk/asterisk#1124).
    this.closing ??= this.abandon().then(() => this.bridge.discard(NORMAL_CLEARING));
    return this.closing;
  }

  /** @throws PortError telephony/refused: audio would go through a network that nobody has called trusted. Not a packet has been sent then. */
  private pin(rtp: RtpLeg, host: string, port: number): void {
    const { media, logger } = this.node;
    if (media.trusts?.(host) === false) {
      logger.error('asterisk wants audio at an address outside media.trustedNetworks: the call is refused', { legId: this.key, address: host, fix: 'add its network (CIDR) to media.trustedNetworks, or let Asterisk use another address (rtp.conf)' });
      throw new PortError('the address for audio is not in media.trustedNetworks', { code: 'telephony/refused', kind: 'rejected', retryable: false });
    }
    rtp.pinPeer(host, port);
  }

  private async closeExternal(): Promise<void> {
    await this.rtp?.close().catch((error: unknown) => { this.node.logger.error('closing a media leg failed', { legId: this.key }, error); });
    await this.external.discard(NORMAL_CLEARING);
  }

  /** Makes the bridge and puts the caller in, once. @param ask makes a request in its way. */
  private bridgeCaller(ask: (request: () => Promise<void>) => Promise<void> = (request) => request()): Promise<void> {
    const { rest } = this.node;
    this.bridged ??= this.bridge.create(() => ask(() => rest.createBridge(this.bridge.id)))
      .then(() => ask(() => rest.addToBridge(this.bridge.id, this.caller.channelId())))
      .catch((error: unknown) => {
        this.bridged = undefined; // a later transfer tries anew
        throw error;
      });
    return this.bridged;
  }
}
