import type { Clock } from '../../application/ports/clock.js';
import { isPortError } from '../../application/ports/port-error.js';
import { pause } from './abortable.js';
import { isOutage } from './ari-failure.js';

const FIRST_RETRY_MS = 50;
/** Short: a caller hears it ring meanwhile, and while the breaker is open no request leaves us. */
const RETRY_MAX_MS = 250;

/**
 * Makes a request again and again while Asterisk gives no answer, until `signal` aborts: what takes a second is no reason to send
 * a caller away. Only for requests that may be carried out twice.
 *
 * @param request is told whether an earlier try may have been carried out.
 * @throws PortError as `request`, if it is no outage; the reason of `signal`.
 */
export async function untilAnswered<T>(clock: Clock, request: (again: boolean) => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let again = false, retryMs = FIRST_RETRY_MS; ; again = true, retryMs = Math.min(RETRY_MAX_MS, retryMs * 2)) {
    try {
      return await request(again);
    } catch (error) {
      if (!isPortError(error) || !isOutage(error)) throw error;
      await pause(clock, retryMs, signal);
    }
  }
}
