import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { isPortError } from '../../application/ports/port-error.js';
import { pause, untilAborted } from './abortable.js';
import type { AriHttp } from './ari-http.js';
import { readEvent, type AriEvent } from './ari-schema.js';
import { AriSocket } from './ari-socket.js';
import type { AsteriskTimings } from './asterisk-timings.js';

export interface AriEventsOptions {
  readonly http: AriHttp;
  readonly app: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly timings: AsteriskTimings;
  /** From 0 up to 1, for the jitter of reconnections. */
  readonly random: () => number;
  /** What must work before we offer ourselves to Asterisk: whoever registers an application gets calls at once. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  /** Each event, in order. A throw is logged and costs that event only. */
  readonly onEvent: (event: AriEvent) => void;
  /** After each connection: brings both sides to the same view. Repeated, with a pause, while it fails. */
  readonly reconcile: (signal: AbortSignal) => Promise<void>;
}

/** `replaced`: another process took our application; we keep away for a while. */
export type AriEventsStatus = 'connecting' | 'reconciling' | 'ready' | 'replaced' | 'closed';

/**
 * Keeps an event socket to Asterisk for ever: connects, reconciles, and when it is lost begins again with growing
 * pauses. There is one socket per application in Asterisk and the newest wins; who is replaced that way must not
 * fight back at full speed, or two processes take each other's calls away in turns.
 */
export class AriEvents {
  private current: AriEventsStatus = 'connecting';
  private readonly life = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private failures = 0;
  private replacements = 0;
  private connections = 0;

  constructor(private readonly options: AriEventsOptions) {}

  get status(): AriEventsStatus {
    return this.current;
  }

  start(): void {
    this.running = this.run(this.life.signal);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.life.abort();
    await this.running;
    this.current = 'closed';
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { clock, http, logger } = this.options;
    while (!signal.aborted) {
      this.current = 'connecting';
      const ending = await this.connection(signal).catch((error: unknown) => {
        if (!isOver(signal)) logger.warn('asterisk cannot be reached', { ariUrl: http.baseUrl.href, attempt: this.failures + 1, code: isPortError(error) ? error.code : 'bug' }, error);
        return 'lost' as const;
      });
      this.current = ending === 'replaced' ? 'replaced' : 'connecting';
      const pauseMs = ending === 'replaced' ? this.replacedPauseMs() : this.backOffMs(this.failures);
      this.failures += 1;
      await pause(clock, pauseMs, signal).catch(() => undefined); // given up means closed: the loop ends
    }
  }

  /** From connecting to the end of the connection. */
  private async connection(signal: AbortSignal): Promise<'lost' | 'replaced'> {
    const { clock, logger, metrics } = this.options;
    await untilAborted(this.options.prepare(signal), signal);
    const replaced = new AbortController();
    const onMessage = (text: string): void => { if (this.receive(text)) replaced.abort(); };
    const socket = await AriSocket.open({ ...this.options, onMessage }, signal);
    const lost = new AbortController();
    void socket.ended.then(() => { lost.abort(); });
    const openedAtMs = clock.nowMs();
    metrics.gauge('ari_connected', 1);
    if (this.connections > 0) metrics.count('ari_reconnects_total');
    this.connections += 1;
    await this.reconcile(AbortSignal.any([replaced.signal, lost.signal, signal]));
    const reason = await Promise.race([socket.ended, aborted(replaced.signal, 'replaced'), aborted(signal, 'closed by us')]);
    if (!isOver(signal)) logger.warn('event socket of asterisk ended', { reason });
    socket.close();
    metrics.gauge('ari_connected', 0);
    this.forgetFailures(clock.nowMs() - openedAtMs);
    return replaced.signal.aborted ? 'replaced' : 'lost';
  }

  /** A connection that does not last is a failure: it must not be repeated ten times a second. */
  private forgetFailures(lastedMs: number): void {
    const { reconnectMaxMs, replacedPauseMaxMs } = this.options.timings;
    if (lastedMs > reconnectMaxMs) this.failures = 0;
    if (lastedMs > replacedPauseMaxMs) this.replacements = 0;
  }

  private async reconcile(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.options;
    this.current = 'reconciling';
    for (let attempt = 0; !isOver(signal); attempt += 1) {
      try {
        await untilAborted(this.options.reconcile(signal), signal);
        if (isOver(signal)) return;
        this.current = 'ready';
        logger.info('connected to asterisk');
        return;
      } catch (error) {
        if (isOver(signal)) return;
        logger.warn('reconciliation with asterisk failed', { attempt: attempt + 1 }, error);
        await pause(clock, this.backOffMs(attempt), signal).catch(() => undefined); // the socket ended: so does the loop
      }
    }
  }

  /** @returns whether we are replaced: the last thing we hear on this socket, which Asterisk leaves open. */
  private receive(text: string): boolean {
    const { logger, metrics } = this.options;
    const event = readEvent(text);
    if (event === 'ignored') return false;
    if (event === 'unknown') {
      metrics.count('ari_unknown_events_total');
      return false;
    }
    if (event.type === 'ApplicationReplaced') {
      metrics.count('ari_application_replaced_total');
      logger.error('another process took our stasis application; calls go there', { app: this.options.app });
      return true;
    }
    try {
      this.options.onEvent(event);
    } catch (error) {
      logger.error('handling an event of asterisk failed', { type: event.type }, error); // the next events matter as much
    }
    return false;
  }

  private backOffMs(failures: number): number {
    const { reconnectMinMs, reconnectMaxMs } = this.options.timings;
    const fullMs = Math.min(reconnectMaxMs, reconnectMinMs * 2 ** Math.min(failures, 16));
    return fullMs * (0.5 + 0.5 * this.options.random());
  }

  private replacedPauseMs(): number {
    const { replacedPauseMinMs, replacedPauseMaxMs } = this.options.timings;
    const pauseMs = Math.min(replacedPauseMaxMs, replacedPauseMinMs * 2 ** Math.min(this.replacements, 16));
    this.replacements += 1;
    return pauseMs;
  }
}

/** A function, so that the compiler does not believe it settled before an await. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function aborted<T>(signal: AbortSignal, value: T): Promise<T> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(value);
    else signal.addEventListener('abort', () => { resolve(value); }, { once: true });
  });
}
