import { AsteriskTelephony } from '../adapters/asterisk/asterisk-telephony.js';
import { advertisedAddress } from '../adapters/media/advertised-address.js';
import { RtpMediaPlane, type RtpMediaPlaneStatistics } from '../adapters/media/rtp-media-plane.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import type { Telephony } from '../application/ports/telephony.js';
import type { DependencyHealth } from '../application/application.js';
import type { Config } from '../config/gateway-schema.js';
import { authorityOf } from './authority.js';
import { trustedMedia } from './media-addresses.js';
import type { Runtime } from './runtime.js';

/** How often the counters of the media thread become metrics. */
const REPORT_INTERVAL_MS = 1000;
const READY_POLL_MS = 20;

export interface TelephonyParts {
  readonly telephony: Telephony;
  /** Resolves when calls can come, or after the wait. */
  untilReady(waitMs: number, signal: AbortSignal): Promise<void>;
  /** What a process before this one left is removed from now on, as far as nobody has adopted it. */
  beginSweeping(): void;
  health(): DependencyHealth;
  close(): Promise<void>;
}

/** Asterisk with its media plane. Does not wait for Asterisk: it may come later; only its name, where our address follows from it. */
export async function openTelephony(config: Config, runtime: Runtime, { sweepLater, accepts }: { readonly sweepLater: boolean; readonly accepts: () => boolean }, signal: AbortSignal): Promise<TelephonyParts> {
  const { asterisk, media, node } = config;
  const advertisedHost = await advertisedAddress({
    advertiseHost: media.advertiseHost, bindHost: media.bindHost, peerHost: new URL(asterisk.ariUrl).hostname, clock: runtime.clock,
  }, signal);
  const trusts = trustedMedia({ bindHost: media.bindHost, advertisedHost, peerHost: asterisk.peerAddressOverride, trustedNetworks: media.trustedNetworks });
  const owned = new CloseStack();
  const plane = await RtpMediaPlane.open({
    bindHost: media.bindHost, port: media.port, io: media.io, maxLegs: media.legsMax, workerModule: new URL('./media-worker.js', import.meta.url),
  }, signal);
  owned.defer('media plane', () => plane.close());
  runtime.log.info('media plane open', { advertisedHost, port: plane.localPort, io: plane.io });
  runtime.metrics.gauge('media_io', 1, { io: plane.io });
  owned.defer('media report', reportMedia(plane, runtime));
  const telephony = await owned.orClose(AsteriskTelephony.open({
    ariUrl: asterisk.ariUrl, username: asterisk.username, password: asterisk.password.reveal(), app: asterisk.app, node: node.name, tlsAuthority: authorityOf(asterisk.tlsAuthority),
    media: {
      plane, advertisedHost, trusts, mediaTimeoutMs: media.mediaTimeoutMs,
      ...(asterisk.peerAddressOverride === null ? {} : { peerHost: asterisk.peerAddressOverride }),
    },
    sweepLater, accepts,
    dialling: { template: asterisk.dialTemplate, defaultTrunk: asterisk.trunk },
    clock: runtime.clock, logger: runtime.log, metrics: runtime.metrics, random: Math.random,
    timings: {
      requestTimeoutMs: asterisk.requestTimeoutMs, originateTimeoutMs: asterisk.originateTimeoutMs,
      pingIntervalMs: asterisk.pingIntervalMs, pongTimeoutMs: asterisk.pongTimeoutMs,
    },
  }, signal));
  owned.defer('asterisk', () => telephony.close());
  let mediaFailed = false;
  owned.defer('media failure watch', plane.onFailure((error) => {
    mediaFailed = true;
    runtime.log.error('the media thread died: this node takes no more calls', {}, error);
  }));
  return {
    telephony,
    untilReady: async (waitMs, readySignal) => {
      for (let waitedMs = 0; !telephony.ready && waitedMs < waitMs && !readySignal.aborted; waitedMs += READY_POLL_MS) {
        await new Promise<void>((resolve) => { runtime.clock.after(READY_POLL_MS, resolve); });
      }
    },
    beginSweeping: () => { telephony.beginSweeping(); },
    health: () => ({ name: 'asterisk', ready: telephony.ready && !mediaFailed, required: true, detail: mediaFailed ? 'media thread died' : telephony.status }),
    close: () => owned.close(),
  };
}

/** Turns the media thread's counters into metrics; returns how to stop it. */
function reportMedia(plane: RtpMediaPlane, { clock, metrics }: Runtime): () => void {
  let before: RtpMediaPlaneStatistics = plane.statistics();
  let stop = (): void => undefined;
  const report = (): void => {
    const now = plane.statistics();
    metrics.gauge('media_legs', now.legsOpen);
    metrics.count('rtp_packets_total', { direction: 'in' }, now.packetsReceived - before.packetsReceived);
    metrics.count('rtp_packets_total', { direction: 'out' }, now.packetsSent - before.packetsSent);
    metrics.count('media_late_ticks_total', {}, now.lateTicks - before.lateTicks);
    metrics.count('playout_underruns_total', {}, now.underruns - before.underruns);
    for (const [reason, count] of Object.entries(now.dropped)) {
      metrics.count('rtp_dropped_total', { reason }, count - before.dropped[reason as keyof typeof before.dropped]);
    }
    before = now;
    stop = clock.after(REPORT_INTERVAL_MS, report);
  };
  report();
  return () => { stop(); };
}
