import { setMaxListeners } from 'node:events';
import { deadline } from '../../application/lifecycle/deadline.js';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { PortError } from '../../application/ports/port-error.js';
import type { AdoptedLeg, AdoptionRequest, CallLeg, CallOffer, OriginateRequest, Telephony } from '../../application/ports/telephony.js';
import { type LegId, legId } from '../../domain/shared/ids.js';
import { givenUp, pause, untilAborted } from './abortable.js';
import { Adoption } from './adoption.js';
import { AriEvents, type AriEventsStatus } from './ari-events.js';
import { AriHttp } from './ari-http.js';
import { AriRest } from './ari-rest.js';
import type { AriChannel, AriEvent } from './ari-schema.js';
import { AsteriskLeg } from './asterisk-leg.js';
import type { AsteriskLegOptions } from './asterisk-leg-options.js';
import type { AsteriskMediaOptions, AsteriskNode } from './asterisk-node.js';
import { DEFAULT_TIMINGS, type AsteriskTimings } from './asterisk-timings.js';
import { sendsSlin16 } from './asterisk-version.js';
import { BroadcastClaims } from './broadcast-claims.js';
import { ChannelRegistry } from './channel-registry.js';
import { DialStrings, presentable, type DialStringOptions } from './dial-strings.js';
import { ObjectNames } from './object-names.js';
import { readOffer } from './offers.js';
import { Reconciliation } from './reconciliation.js';
import { NORMAL_CLEARING } from './release-causes.js';
import { RestWatch } from './rest-watch.js';

export interface AsteriskTelephonyOptions {
  /** Base of ARI, `http://127.0.0.1:8088/ari`. */
  readonly ariUrl: string;
  readonly username: string;
  readonly password: string;
  /** Certificates (PEM) to trust with https. Default: those that Node.js knows. */
  readonly tlsAuthority?: string | null;
  /** Stasis application of this gateway; no other process may use it. */
  readonly app: string;
  /** Name of this gateway among those on this Asterisk: 1–32 of A–Z a–z 0–9 _ . */
  readonly node: string;
  readonly media: AsteriskMediaOptions;
  readonly dialling: DialStringOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly timings?: Partial<AsteriskTimings>;
  /** Until `beginSweeping` nothing that a process before this one left is removed: its calls may be adopted first. Default false. */
  readonly sweepLater?: boolean;
  /** False: calls that are told to several gateways are left to the others (while it drains). Default: always true. */
  readonly accepts?: () => boolean;
}

/** Calls of one Asterisk, over ARI with media by ExternalMedia RTP. */
export class AsteriskTelephony implements Telephony {
  private readonly node: AsteriskNode;
  private readonly http: AriHttp;
  private readonly events: AriEvents;
  private readonly reconciliation: Reconciliation;
  private readonly adoption: Adoption;
  private readonly claims: BroadcastClaims;
  private readonly restWatch: RestWatch;
  /** By leg id; a leg leaves when everything of it is gone. */
  private readonly legs = new Map<string, AsteriskLeg>();
  private readonly closing = new AbortController();
  private sweeping: Promise<void> = Promise.resolve();
  private handler: ((offer: CallOffer) => void) | undefined;
  private unhandled: CallOffer[] = [];
  private wideband = false;
  private keys = 0;
  private sweeps: boolean;

  private constructor(private readonly options: AsteriskTelephonyOptions) {
    const { app, clock, logger, metrics, media } = options;
    const timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.sweeps = options.sweepLater !== true;
    setMaxListeners(0, this.closing.signal); // every clean-up of every leg waits on it
    this.http = new AriHttp({ ...options, baseUrl: options.ariUrl });
    this.node = {
      app, clock, logger, metrics, media, timings,
      rest: new AriRest({ http: this.http, clock, metrics, timings, onOutage: () => { this.restWatch.suspect(); } }),
      names: new ObjectNames(options.node),
      registry: new ChannelRegistry(),
      dialStrings: new DialStrings(options.dialling),
      wideband: () => this.wideband,
      condemned: new Map(),
      closing: this.closing.signal,
    };
    const { rest } = this.node;
    this.restWatch = new RestWatch({
      probe: (signal) => rest.probe(signal), intervalMs: timings.probeIntervalMs, clock, logger, onAnswer: () => { rest.closeBreaker(); }, closing: this.closing.signal,
    });
    this.reconciliation = new Reconciliation(this.node, () => [...this.legs.values()].filter((leg) => leg.exists), (channel, args) => { this.offer(channel, args); });
    this.adoption = new Adoption(this.node, {
      waiting: (id) => this.legWaiting(id), has: (id) => this.legs.has(id), make: (id, channel) => this.incomingLeg(channel, this.freshKey(channel.id), id),
    });
    this.claims = new BroadcastClaims(this.node, () => this.handler !== undefined && (options.accepts?.() ?? true));
    this.events = new AriEvents({
      http: this.http, app, clock, logger, metrics, timings, random: options.random,
      prepare: (signal) => this.node.rest.load(signal),
      onEvent: (event) => { this.heard(event); },
      reconcile: (signal) => this.reconcile(signal),
    });
  }

  /**
   * Begins to connect, and goes on for ever: an Asterisk that is away is no reason not to start. Register `onOffer` at once;
   * offers that come before it wait two seconds, then they are refused.
   *
   * @throws PortError telephony/invalid (name of the node).
   */
  static open(options: AsteriskTelephonyOptions, signal: AbortSignal): Promise<AsteriskTelephony> {
    if (signal.aborted) return Promise.reject(givenUp(signal));
    return Promise.resolve().then(() => {
      const telephony = new AsteriskTelephony(options);
      telephony.events.start();
      telephony.sweeping = telephony.sweepForEver(telephony.closing.signal);
      return telephony;
    });
  }

  get ready(): boolean {
    return this.status === 'ready';
  }

  /** Why it is not ready, for a health page. */
  get status(): AriEventsStatus | 'not answering' {
    return this.events.status === 'ready' && !this.restWatch.answering ? 'not answering' : this.events.status;
  }

  onOffer(handler: (offer: CallOffer) => void): Cancel {
    this.handler = handler;
    const waiting = this.unhandled;
    this.unhandled = [];
    for (const offer of waiting) if (!offer.leg.ended) this.present(offer, handler);
    return () => { if (this.handler === handler) this.handler = undefined; };
  }

  async originate(request: OriginateRequest, signal: AbortSignal): Promise<CallLeg> {
    if (signal.aborted) throw givenUp(signal);
    // Without its events a call that we place would be a call that nobody can end.
    if (!this.ready) throw new PortError('asterisk is away', { code: 'telephony/unavailable', kind: 'unavailable' });
    const endpoint = this.node.dialStrings.ofDestination(request.destination);
    const channelId = this.node.names.outgoing(request.legId);
    if (this.legs.has(request.legId) || this.node.registry.isSpent(channelId)) {
      throw new PortError('a leg of this id exists or has existed', { code: 'telephony/duplicate-leg', kind: 'rejected' });
    }
    const leg = this.newLeg({ id: request.legId, objectKey: request.legId, channelId, direction: 'outgoing', callerNumber: request.callerNumber });
    await leg.place({ endpoint, variables: variablesOf(request), ringTimeoutMs: request.ringTimeoutMs }, signal);
    return leg;
  }

  async adopt({ legId: id }: AdoptionRequest, signal: AbortSignal): Promise<AdoptedLeg> {
    if (signal.aborted) throw givenUp(signal);
    if (!this.ready) throw new PortError('asterisk is away', { code: 'telephony/unavailable', kind: 'unavailable' });
    return this.adoption.take(id, signal);
  }

  sweepAfter(formerNode: string, signal: AbortSignal): Promise<void> {
    return this.reconciliation.sweepOf(new ObjectNames(formerNode), signal);
  }

  /** From now on what no leg answers for is removed, first of all what is there now. */
  beginSweeping(): void {
    this.sweeps = true;
    if (this.ready) void this.sweepOnce(this.closing.signal);
  }

  async close(): Promise<void> {
    const { clock, timings } = this.node;
    this.handler = undefined;
    // What ended a moment ago is being removed: let that finish while we still hear of it.
    const ending = [...this.legs.values()].map((leg) => leg.ending ?? Promise.resolve());
    const limit = deadline(clock, timings.requestTimeoutMs, this.closing.signal);
    await untilAborted(Promise.all(ending), limit.signal).catch(() => undefined); // what is left then is for the next process to sweep
    limit.clear();
    await this.events.close();
    for (const leg of this.legs.values()) leg.stopTimers();
    this.closing.abort(new PortError('telephony is closed', { code: 'telephony/unavailable', kind: 'unavailable' }));
    await this.sweeping;
    await this.restWatch.settled();
    this.http.close();
  }

  private heard(event: AriEvent): void {
    if (event.type === 'ApplicationReplaced') return; // AriEvents has acted on it
    if (event.type === 'CallBroadcast') { this.claims.hear(event.channel.id); return; }
    const { registry, names } = this.node;
    if (event.type === 'StasisStart' && event.replace_channel) {
      const leg = [...this.legs.values()].find(({ channelId }) => channelId === event.replace_channel?.id);
      if (leg && !registry.hasChannel(event.channel.id)) leg.continueOn(event.channel.id);
    }
    if (registry.route(event) || event.type !== 'StasisStart') return;
    if (names.owns(event.channel.id)) this.reap(event.channel.id);
    else if (!ObjectNames.ofAGateway(event.channel.id)) this.offer(event.channel, event.args); // else somebody whom a dead node had dialled: no caller
  }

  /** A channel of ours that no leg waits for: the request that made it was given up before Asterisk got to it. */
  private reap(channelId: string): void {
    const { rest, metrics, logger } = this.node;
    rest.hangUp(channelId, NORMAL_CLEARING).then(
      () => { metrics.count('orphans_reaped_total', { kind: 'channel' }); },
      (error: unknown) => { logger.warn('an orphan in asterisk could not be removed', { objectId: channelId, legId: ObjectNames.keyOf(channelId) }, error); }, // the sweep will
    );
  }

  private offer(channel: AriChannel, args: readonly string[]): void {
    // A caller we sent on may come back by the dialplan, while what belonged to his first visit is still being removed.
    const isNew = !this.node.registry.isSpent(channel.id) && channel.state !== 'Up';
    const leg = this.incomingLeg(channel, isNew ? channel.id : this.freshKey(channel.id));
    const offer = readOffer(leg, channel, args, this.node.clock.nowMs());
    if (this.handler) this.present(offer, this.handler);
    else this.holdBack(offer);
  }

  private incomingLeg(channel: AriChannel, objectKey: string, id = legId(channel.id)): AsteriskLeg {
    const leg = this.newLeg({ id, objectKey, channelId: channel.id, direction: 'incoming', callerNumber: channel.caller.number });
    if (channel.state === 'Up') leg.markAnswered();
    return leg;
  }

  /** For the objects of a caller who has had others: those may still be there under the names of the first time. */
  private freshKey(channelId: string): string {
    this.keys += 1;
    return `${channelId}.${Math.floor(this.options.random() * 2 ** 32).toString(36)}${this.keys}`;
  }

  /** Found in our application, and offered to nobody yet. */
  private legWaiting(id: LegId): AsteriskLeg | undefined {
    if (!this.unhandled.some(({ leg }) => leg.id === id)) return undefined;
    this.unhandled = this.unhandled.filter(({ leg }) => leg.id !== id);
    return this.legs.get(id);
  }

  private present(offer: CallOffer, handler: (offer: CallOffer) => void): void {
    try {
      handler(offer);
    } catch (error) {
      this.node.logger.error('an offered call could not be handled', { legId: offer.leg.id }, error); // the port says: refuse it
      void offer.leg.hangUp('congestion');
    }
  }

  private holdBack(offer: CallOffer): void {
    this.unhandled.push(offer);
    const cancel = this.node.clock.after(this.node.timings.unhandledOfferMs, () => {
      if (!this.unhandled.includes(offer)) return;
      this.unhandled = this.unhandled.filter((other) => other !== offer);
      void offer.leg.hangUp('congestion');
    });
    this.closing.signal.addEventListener('abort', cancel, { once: true });
  }

  private newLeg(options: Omit<AsteriskLegOptions, 'onReleased'>): AsteriskLeg {
    const leg: AsteriskLeg = new AsteriskLeg(this.node, { ...options, onReleased: () => { if (this.legs.get(options.id) === leg) this.legs.delete(options.id); } });
    this.legs.set(options.id, leg);
    return leg;
  }

  private async reconcile(signal: AbortSignal): Promise<void> {
    this.node.rest.closeBreaker();
    this.wideband = this.options.media.wideband === true && sendsSlin16(await this.node.rest.version(signal));
    await this.reconciliation.sweep(signal, this.sweeps);
    await this.reconciliation.findUnknownCalls(signal);
  }

  private async sweepForEver(signal: AbortSignal): Promise<void> {
    const { clock, timings } = this.node;
    for (;;) {
      try {
        await pause(clock, timings.sweepIntervalMs, signal);
      } catch {
        return; // closed
      }
      await this.sweepOnce(signal);
    }
  }

  private async sweepOnce(signal: AbortSignal): Promise<void> {
    await this.reconciliation.sweep(signal, this.sweeps).catch((error: unknown) => {
      this.node.logger.warn('asterisk could not be swept', {}, error); // the next sweep does it, or the reconnection
    });
  }
}

/** Asterisk's own limit is the second wall: it comes a little after ours. */
const DURATION_GRACE_S = 5;

/**
 * Set on the channel before it is dialled. Who calls is the *connected line* of the channel that rings (CALLERID is
 * ignored there); `i` keeps it from being announced before there is anybody to tell. Seen on Asterisk 22.10.
 */
function variablesOf(request: OriginateRequest): Readonly<Record<string, string>> {
  const { correlationId = '', callerName = '', durationMaxMs } = request;
  const number = presentable(request.callerNumber);
  const name = presentable(callerName);
  return {
    ...(number === '' ? {} : { 'CONNECTEDLINE(num,i)': number }),
    ...(name === '' ? {} : { 'CONNECTEDLINE(name,i)': name }),
    ...(durationMaxMs === undefined ? {} : { 'TIMEOUT(absolute)': String(Math.ceil(durationMaxMs / 1000) + DURATION_GRACE_S) }),
    ...(/^[A-Za-z0-9_.:-]{1,128}$/.test(correlationId) ? { 'PJSIP_HEADER(add,X-Correlation-Id)': correlationId } : {}),
  };
}
