import type { z } from 'zod';
import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen, type CircuitBreakerPolicy } from 'cockatiel';
import type { Clock } from '../../application/ports/clock.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import { failureOf, isOutage } from './ari-failure.js';
import type { AriHttp } from './ari-http.js';
import { AriOperations } from './ari-operations.js';
import { ariAnswers, type AriChannel } from './ari-schema.js';
import type { AsteriskTimings } from './asterisk-timings.js';

export interface AriRestOptions {
  readonly http: AriHttp;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly timings: AsteriskTimings;
  /** A request that was sent has found no answer. */
  readonly onOutage: () => void;
}

export interface ExternalMediaRequest {
  readonly channelId: string;
  readonly app: string;
  /** Where Asterisk sends its packets: our address and port. */
  readonly externalHost: string;
  readonly format: string;
}

export interface AriBridge {
  readonly id: string;
  readonly channels: readonly string[];
}

export interface CreateChannelRequest {
  readonly channelId: string;
  readonly app: string;
  /** Dial string, `PJSIP/…`. */
  readonly endpoint: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Channel whose codecs the new one should match. */
  readonly originator?: string;
}

/** Channel variables of an external media channel. */
const MEDIA_ADDRESS = ['UNICASTRTP_LOCAL_ADDRESS', 'UNICASTRTP_LOCAL_PORT'] as const;

type Parameters = Readonly<Record<string, string | number | Readonly<Record<string, string>>>>;
interface Call<Schema extends z.ZodType> {
  readonly operation: `${string}.${string}`;
  readonly parameters: Parameters;
  readonly answer: Schema;
  readonly limitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The requests we make of one Asterisk, each with a deadline, behind one breaker: after five outages in a row they fail
 * at once, and one is let through every ten seconds to see. Throws PortError as ari-failure.ts maps it, `telephony/unavailable`
 * while the breaker is open or before `load`.
 */
export class AriRest {
  private operations: AriOperations | undefined;
  private breaker: CircuitBreakerPolicy;

  constructor(private readonly options: AriRestOptions) {
    this.breaker = this.newBreaker();
  }

  /** Loads what operations this Asterisk has, once; later calls return at once. */
  async load(signal: AbortSignal): Promise<void> {
    const { http, clock, timings } = this.options;
    this.operations ??= await AriOperations.load(http, clock, { limitMs: timings.loadTimeoutMs, signal });
  }

  /** Forgets past failures: the event socket has just proved that Asterisk is there. */
  closeBreaker(): void {
    this.breaker = this.newBreaker();
  }

  /**
   * Claims a call that is told to several applications. False: another was faster, or it is over. Not one of ari-client's
   * operations: the document of events is not loaded.
   */
  async claim(channelId: string, app: string): Promise<boolean> {
    const { http, timings } = this.options;
    const query = new URLSearchParams({ channelId, application: app }).toString();
    const answer = await http.request({ method: 'POST', path: `events/claim?${query}`, limitMs: timings.requestTimeoutMs });
    if (answer.status === 404 || answer.status === 409) return false;
    if (answer.status >= 300) throw failureOf(answer, 'events.claim');
    return true;
  }

  /** Resolves when Asterisk answers, whatever the breaker says and without a mark on it. */
  async probe(signal: AbortSignal): Promise<void> {
    await this.exchange({ operation: 'asterisk.getInfo', parameters: { only: 'system' }, answer: ariAnswers.info, signal });
  }

  async version(signal?: AbortSignal): Promise<string> {
    const info = await this.call({ operation: 'asterisk.getInfo', parameters: { only: 'system' }, answer: ariAnswers.info, signal });
    return info.system.version;
  }

  async channelIds(signal?: AbortSignal): Promise<readonly string[]> {
    const channels = await this.call({ operation: 'channels.list', parameters: {}, answer: ariAnswers.channelIds, signal });
    return channels.map(({ id }) => id);
  }

  /** Bridges and the ids of the channels in them. */
  bridges(signal?: AbortSignal): Promise<readonly AriBridge[]> {
    return this.call({ operation: 'bridges.list', parameters: {}, answer: ariAnswers.bridges, signal });
  }

  /** Channels that are in our application now. */
  async channelIdsOf(app: string, signal?: AbortSignal): Promise<readonly string[]> {
    const application = await this.call({ operation: 'applications.get', parameters: { applicationName: app }, answer: ariAnswers.application, signal });
    return application.channel_ids;
  }

  channel(channelId: string, signal?: AbortSignal): Promise<AriChannel> {
    return this.call({ operation: 'channels.get', parameters: { channelId }, answer: ariAnswers.channel, signal });
  }

  /** Takes a channel out of another Stasis application into ours; it stays in its bridge. @throws PortError telephony/not-found */
  async move(channelId: string, app: string, signal?: AbortSignal): Promise<void> {
    await this.call({ operation: 'channels.move', parameters: { channelId, app }, answer: ariAnswers.nothing, signal });
  }

  async answer(channelId: string, signal?: AbortSignal): Promise<void> {
    await this.call({ operation: 'channels.answer', parameters: { channelId }, answer: ariAnswers.nothing, signal });
  }

  /** @param causeCode Q.850. Gone already counts as done. */
  async hangUp(channelId: string, causeCode: number): Promise<boolean> {
    return this.removal({ operation: 'channels.hangup', parameters: { channelId, reason_code: String(causeCode) }, answer: ariAnswers.nothing });
  }

  /** Existing already counts as done: the name is ours alone, an earlier request was answered too late. */
  async createBridge(bridgeId: string): Promise<void> {
    try {
      // This order: `dtmf_events,mixing` would allow native bridging again, which by-passes DTMF (bridge_create_common).
      await this.call({ operation: 'bridges.createWithId', parameters: { bridgeId, type: 'mixing,dtmf_events' }, answer: ariAnswers.nothing });
    } catch (error) {
      if (!isPortError(error) || error.code !== 'telephony/conflict') throw error;
    }
  }

  /** Gone already counts as done. @returns whether it was there. */
  async destroyBridge(bridgeId: string): Promise<boolean> {
    return this.removal({ operation: 'bridges.destroy', parameters: { bridgeId }, answer: ariAnswers.nothing });
  }

  /**
   * Without telling the others who has come: of our media that is a re-INVITE with nobody's number (seen on 22.10), and whoever is
   * dialled for a transfer was told who calls when he was dialled.
   */
  async addToBridge(bridgeId: string, channelId: string): Promise<void> {
    await this.call({ operation: 'bridges.addChannel', parameters: { bridgeId, channel: channelId, inhibitConnectedLineUpdates: 'true' }, answer: ariAnswers.nothing });
  }

  /**
   * @param again an earlier try may have been carried out: then the channel it made is the one.
   * @returns where Asterisk listens for our packets.
   */
  async createExternalMedia(request: ExternalMediaRequest, again = false): Promise<{ host: string; port: number }> {
    try {
      return await this.newExternalMedia(request);
    } catch (error) {
      if (!again || !isPortError(error) || error.code !== 'telephony/conflict') throw error;
      const [host, port] = await Promise.all(MEDIA_ADDRESS.map((name) => this.variable(request.channelId, name)));
      return { host: host ?? '', port: Number(port) };
    }
  }

  private async newExternalMedia(request: ExternalMediaRequest): Promise<{ host: string; port: number }> {
    const { channelvars } = await this.call({
      operation: 'channels.externalMedia',
      parameters: {
        channelId: request.channelId, app: request.app, external_host: request.externalHost, format: request.format,
        encapsulation: 'rtp', transport: 'udp', connection_type: 'client', direction: 'both',
      },
      answer: ariAnswers.externalMedia,
    });
    return { host: channelvars.UNICASTRTP_LOCAL_ADDRESS, port: channelvars.UNICASTRTP_LOCAL_PORT };
  }

  /** Makes a channel without dialling: it enters our application at once. */
  async createChannel(request: CreateChannelRequest): Promise<void> {
    const { variables, ...parameters } = request;
    await this.call({
      operation: 'channels.create', parameters: { ...parameters, ...(Object.keys(variables).length > 0 ? { variables } : {}) },
      answer: ariAnswers.nothing, limitMs: this.options.timings.originateTimeoutMs,
    });
  }

  async dial(channelId: string, ringTimeoutS: number): Promise<void> {
    await this.call({ operation: 'channels.dial', parameters: { channelId, timeout: ringTimeoutS }, answer: ariAnswers.nothing, limitMs: this.options.timings.originateTimeoutMs });
  }

  async continueInDialplan(channelId: string, target: { readonly context: string; readonly extension: string }, signal?: AbortSignal): Promise<void> {
    await this.call({ operation: 'channels.continueInDialplan', parameters: { channelId, ...target, priority: 1 }, answer: ariAnswers.nothing, signal });
  }

  /** Events of a channel that is in the dialplan reach the application from now on, until the channel ends. */
  async subscribe(app: string, channelId: string): Promise<void> {
    await this.call({ operation: 'applications.subscribe', parameters: { applicationName: app, eventSource: `channel:${channelId}` }, answer: ariAnswers.nothing });
  }

  async setVariable(channelId: string, variable: string, value: string): Promise<void> {
    await this.call({ operation: 'channels.setChannelVar', parameters: { channelId, variable, value }, answer: ariAnswers.nothing });
  }

  async sendDtmf(channelId: string, digits: string, signal?: AbortSignal): Promise<void> {
    await this.call({ operation: 'channels.sendDTMF', parameters: { channelId, dtmf: digits }, answer: ariAnswers.nothing, signal });
  }

  async variable(channelId: string, variable: string, signal?: AbortSignal): Promise<string> {
    const { value } = await this.call({ operation: 'channels.getChannelVar', parameters: { channelId, variable }, answer: ariAnswers.variable, signal });
    return value;
  }

  private async removal(call: Call<z.ZodUnknown>): Promise<boolean> {
    try {
      await this.call(call);
      return true;
    } catch (error) {
      if (isPortError(error) && error.kind === 'not-found') return false;
      throw error;
    }
  }

  private async call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.infer<Schema>> {
    const { clock, metrics } = this.options;
    const startedAtMs = clock.nowMs();
    try {
      const answer = await this.breaker.execute(() => this.exchange(call));
      metrics.observe('provider_request_seconds', (clock.nowMs() - startedAtMs) / 1000, { port: 'telephony' });
      return answer;
    } catch (error) {
      const failure = error instanceof BrokenCircuitError
        ? new PortError('Asterisk has not been answering; not asked again yet', { code: 'telephony/unavailable', kind: 'unavailable', cause: error })
        : error;
      // A channel that is gone is everyday life of a telephone, not a failure of Asterisk.
      if (failure === error && isOutage(error)) this.options.onOutage();
      if (isPortError(failure) && failure.kind !== 'not-found') metrics.count('provider_errors_total', { port: 'telephony', code: failure.code });
      throw failure;
    }
  }

  private async exchange<Schema extends z.ZodType>({ operation, parameters, answer, limitMs, signal }: Call<Schema>): Promise<z.infer<Schema>> {
    const [resource = '', name = ''] = operation.split('.');
    if (!this.operations) throw new PortError('Asterisk has not been reached yet', { code: 'telephony/unavailable', kind: 'unavailable' });
    const body = await this.operations.call(resource, name, parameters, { limitMs: limitMs ?? this.options.timings.requestTimeoutMs, signal });
    const result = answer.safeParse(body === '' ? undefined : JSON.parse(body)); // the transport has proved that it is JSON
    if (!result.success) throw new PortError(`${operation}: answer of an unknown shape`, { code: 'telephony/protocol', kind: 'protocol', cause: result.error });
    return result.data;
  }

  private newBreaker(): CircuitBreakerPolicy {
    const { metrics, timings: { breakerFailures, breakerHalfOpenMs } } = this.options;
    const breaker = circuitBreaker(handleWhen(isOutage), { halfOpenAfter: breakerHalfOpenMs, breaker: new ConsecutiveBreaker(breakerFailures) });
    const show = (open: 0 | 1): void => { metrics.gauge('breaker_open', open, { port: 'telephony' }); };
    show(0);
    breaker.onBreak(() => { show(1); });
    breaker.onReset(() => { show(0); });
    return breaker;
  }
}
