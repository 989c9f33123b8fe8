import { setTimeout as delay } from 'node:timers/promises';
import { circuitBreaker, CircuitState, ConsecutiveBreaker, ExponentialBackoff, handleWhen, type CircuitBreakerPolicy } from 'cockatiel';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import { isPortError, PortError } from '../../../application/ports/port-error.js';
import type { Cutoff } from './cutoff.js';

export interface BreakerOptions {
  /** Failed requests in a row that open the breaker. */
  readonly failures: number;
  readonly halfOpenAfterMs: number;
}

/** The service is at fault, as opposed to this request or to us. */
function isOutage(error: Error): boolean {
  return isPortError(error) && (error.kind === 'unavailable' || error.kind === 'timeout' || error.kind === 'protocol')
    && error.code !== 'agent/aborted' && error.code !== 'agent/closed';
}

/**
 * Keeps requests away from an agent that is down. While one request tries whether it is back, the others are still
 * refused: a caller is better served by a fallback at once than by waiting for somebody else's answer.
 */
export class Breaker {
  private readonly policy: CircuitBreakerPolicy;

  constructor({ failures, halfOpenAfterMs }: BreakerOptions, { log, metrics }: { readonly log: Logger; readonly metrics: Metrics }) {
    this.policy = circuitBreaker(handleWhen(isOutage), { halfOpenAfter: halfOpenAfterMs, breaker: new ConsecutiveBreaker(failures) });
    metrics.gauge('breaker_open', 0, { port: 'agent' });
    this.policy.onBreak(() => {
      metrics.gauge('breaker_open', 1, { port: 'agent' });
      log.error('agent breaker opened', { halfOpenAfterMs });
    });
    this.policy.onReset(() => {
      metrics.gauge('breaker_open', 0, { port: 'agent' });
      log.info('agent breaker closed');
    });
  }

  /** No request is let through now. */
  get open(): boolean {
    return this.policy.state !== CircuitState.Closed;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.policy.state === CircuitState.HalfOpen) throw refused();
    try {
      return await this.policy.execute(work);
    } catch (error) {
      throw isPortError(error) ? error : refused(error); // the work throws PortErrors only, the rest is the breaker's own
    }
  }
}

function refused(cause?: unknown): PortError {
  return new PortError('the agent failed repeatedly and is left alone for a while', { code: 'agent/breaker-open', kind: 'unavailable', retryable: false, cause });
}

const RETRIES_MAX = 3;
const BACKOFF = new ExponentialBackoff({ initialDelay: 100, maxDelay: 2000 });

/**
 * Repeats `work` up to three times while its failure is retryable and `mayRetry` agrees, with exponential back-off and
 * jitter, or the wait that the other side asked for. (Cockatiel's own retry cannot be aborted while it waits.)
 */
export async function withRetries<T>(work: () => Promise<T>, cutoff: Cutoff, onRetry: (error: PortError) => void, mayRetry = (): boolean => true): Promise<T> {
  let backoff = BACKOFF.next();
  for (let retry = 1; ; retry += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPortError(error) || !error.retryable || cutoff.signal.aborted || retry > RETRIES_MAX || !mayRetry()) throw error;
      const waitMs = Math.max(backoff.duration, error.retryAfterMs ?? 0);
      if (waitMs >= cutoff.remainingMs) throw error; // nobody would be left to hear the answer
      onRetry(error);
      await wait(waitMs, cutoff);
      backoff = backoff.next(undefined);
    }
  }
}

async function wait(ms: number, cutoff: Cutoff): Promise<void> {
  try {
    await delay(ms, undefined, { signal: cutoff.signal });
  } catch {
    cutoff.throwIfCut(); // the only thing that ends the delay early, with the reason to end with
  }
}
