import { Agent, request } from 'undici';
import { type CircuitBreakerPolicy, circuitBreaker, CircuitState, ConsecutiveBreaker, ExponentialBackoff, handleWhen } from 'cockatiel';
import type { z } from 'zod';
import { deadline } from '../../application/lifecycle/deadline.js';
import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import { failureOf, failureOfStatus, outOfProtocol } from './tenant-manager-failure.js';

const CONNECTIONS_MAX = 16;
const KEEP_ALIVE_MS = 30_000;
const RETRIES_MAX = 2;
const BACKOFF = new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 });
const BREAKER_FAILURES = 5;
const BREAKER_HALF_OPEN_MS = 30_000;
const BODY_BYTES_MAX = 4 * 1024 * 1024;

export interface TenantManagerClientOptions {
  readonly baseUrl: string;
  readonly token: string | null;
  /** Deadline of each attempt. */
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long an open breaker keeps requests away. Default 30 s. */
  readonly breakerHalfOpenMs?: number;
}

/**
 * GET requests to the tenant-manager: a deadline on each, three attempts with back-off where repeating may help, and a
 * breaker that spares callers the wait while it is down.
 */
export class TenantManagerClient {
  private readonly agent = new Agent({ connections: CONNECTIONS_MAX, keepAliveTimeout: KEEP_ALIVE_MS, maxResponseSize: BODY_BYTES_MAX });
  private readonly breaker: CircuitBreakerPolicy;
  private readonly closing = new AbortController();

  constructor(private readonly options: TenantManagerClientOptions) {
    this.breaker = circuitBreaker(handleWhen(isOutage), {
      halfOpenAfter: options.breakerHalfOpenMs ?? BREAKER_HALF_OPEN_MS, breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
    });
    this.breaker.onBreak(() => { options.logger.error('tenant-manager breaker opened'); });
    this.breaker.onReset(() => { options.logger.info('tenant-manager breaker closed'); });
  }

  /** The answer, or null when it is "not found". Throws PortError `tenant-directory/*`. */
  async get<Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.output<Schema> | null> {
    let backoff = BACKOFF.next();
    for (let retry = 1; ; retry += 1) {
      try {
        return await this.attempt(path, schema, signal);
      } catch (error) {
        if (!isPortError(error)) throw error;
        this.options.metrics.count('provider_errors_total', { port: 'tenant-directory', code: error.code });
        if (!error.retryable || retry > RETRIES_MAX || signal.aborted) throw error;
        const waitMs = Math.max(backoff.duration, error.retryAfterMs ?? 0);
        if (waitMs > this.options.requestTimeoutMs) throw error; // a ringing caller does not wait for that
        await this.wait(waitMs, signal);
        backoff = backoff.next(undefined);
      }
    }
  }

  async close(): Promise<void> {
    this.closing.abort(new PortError('the client is closed', { code: 'tenant-directory/closed', kind: 'unavailable', retryable: false }));
    await this.agent.destroy();
  }

  private async attempt<Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.output<Schema> | null> {
    if (this.breaker.state === CircuitState.HalfOpen) throw breakerOpen(); // one request tries; the others need not wait for it
    try {
      return await this.breaker.execute(() => this.exchange(path, schema, signal));
    } catch (error) {
      throw isPortError(error) ? error : breakerOpen(error); // the exchange throws PortErrors only, the rest is the breaker's own
    }
  }

  private async exchange<Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.output<Schema> | null> {
    const { clock, metrics, requestTimeoutMs } = this.options;
    const startedAtMs = clock.nowMs();
    const limit = deadline(clock, requestTimeoutMs, AbortSignal.any([signal, this.closing.signal]));
    try {
      const headers = { accept: 'application/json', ...(this.options.token === null ? {} : { authorization: `Bearer ${this.options.token}` }) };
      const response = await request(this.options.baseUrl.replace(/\/+$/u, '') + path, { dispatcher: this.agent, headers, signal: limit.signal });
      if (response.statusCode !== 200) {
        await response.body.dump();
        if (response.statusCode === 404) return null;
        throw failureOfStatus(response.statusCode, response.headers['retry-after']);
      }
      const parsed = schema.safeParse(await response.body.json());
      if (!parsed.success) throw outOfProtocol(parsed.error);
      metrics.observe('provider_request_seconds', (clock.nowMs() - startedAtMs) / 1000, { port: 'tenant-directory' });
      return parsed.data;
    } catch (error) {
      throw failureOf(error, { expired: limit.expired, closed: this.closing.signal.aborted, aborted: signal.aborted });
    } finally {
      limit.clear();
    }
  }

  private wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        either.removeEventListener('abort', done);
        resolve();
      };
      const either = AbortSignal.any([signal, this.closing.signal]);
      const cancel = this.options.clock.after(ms, done);
      either.addEventListener('abort', done, { once: true });
    });
  }
}

/** The service is at fault, as opposed to this request or to us. */
function isOutage(error: Error): boolean {
  return isPortError(error) && ['unavailable', 'timeout', 'protocol'].includes(error.kind)
    && error.code !== 'tenant-directory/aborted' && error.code !== 'tenant-directory/closed';
}

function breakerOpen(cause?: unknown): PortError {
  return new PortError('the tenant-manager failed repeatedly and is left alone for a while', { code: 'tenant-directory/breaker-open', kind: 'unavailable', retryable: false, cause });
}
