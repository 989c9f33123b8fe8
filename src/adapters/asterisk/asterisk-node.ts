import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Metrics } from '../../application/ports/metrics.js';
import type { RtpLeg, RtpLegOptions } from '../media/rtp-leg.js';
import type { AriRest } from './ari-rest.js';
import type { AsteriskTimings } from './asterisk-timings.js';
import type { ChannelRegistry } from './channel-registry.js';
import type { DialStrings } from './dial-strings.js';
import type { ObjectNames } from './object-names.js';

/** The part of the RTP media plane that a telephony adapter needs. */
export interface LegMediaPlane {
  /** UDP port the plane listens on. */
  readonly localPort: number;
  /** @throws PortError media/capacity */
  openLeg(options: RtpLegOptions): RtpLeg;
}

export interface AsteriskMediaOptions {
  readonly plane: LegMediaPlane;
  /** IPv4 address of this gateway as Asterisk sees it. An address, not a name: Asterisk resolves names while everybody waits. */
  readonly advertisedHost: string;
  /** IPv4 address of Asterisk's media as we see it. Default: what Asterisk says, which is wrong behind address translation. */
  readonly peerHost?: string;
  /** Whether audio may go to an IPv4 address: it is not encrypted. Default: to any. */
  readonly trusts?: (address: string) => boolean;
  /** Without a packet for so long the leg reports `media-lost`. */
  readonly mediaTimeoutMs: number;
  /**
   * True when the plane's `slin16` legs send what Asterisk takes on such a channel. Asterisk (22.10 tried) sends slin16 as
   * payload type 118 but drops 118 coming in; it does take 9 (G.722), and 0, 8, 10 at 8 kHz. Default false: every leg is 8 kHz.
   */
  readonly wideband?: boolean;
}

/** What every leg of one gateway on one Asterisk shares. */
export interface AsteriskNode {
  readonly app: string;
  readonly rest: AriRest;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly timings: AsteriskTimings;
  readonly names: ObjectNames;
  readonly registry: ChannelRegistry;
  readonly dialStrings: DialStrings;
  readonly media: AsteriskMediaOptions;
  /** Whether a leg can be wideband, with this Asterisk and this media plane. */
  readonly wideband: () => boolean;
  /** What could not be removed in time; the sweep goes on with it. The act resolves when the object is gone. */
  readonly condemned: Map<string, () => Promise<unknown>>;
  /** Aborts when the adapter is closed: nothing is tried again then. */
  readonly closing: AbortSignal;
}
