import { isPortError, PortError, type PortErrorOptions } from '../../../application/ports/port-error.js';
import { garbage } from './wire.js';

/** Longer waits are not asked for by servers in their right mind, and no caller waits them out. */
const RETRY_AFTER_MS_MAX = 60_000;

/** What undici or the network threw, in the port's words. `cut` wins: an aborted request dies of many things. */
export function failureOf(error: unknown, cut: AbortSignal): PortError {
  if (cut.aborted && isPortError(cut.reason)) return cut.reason;
  if (isPortError(error)) return error;
  const code = codeOf(error);
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return garbage(code, error);
  return new PortError(`the orchestrator could not be reached: ${code === '' ? 'unknown' : code}`, { code: 'agent/unavailable', kind: 'unavailable', cause: error });
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** The failure that an HTTP status says; `retryAfter` is the header of that name. */
export function failureOfStatus(status: number, retryAfter: string | undefined, nowMs: number): PortError {
  const message = `the orchestrator answered ${status}`;
  const wait = retryAfterMs(retryAfter, nowMs);
  const options = (kind: PortErrorOptions['kind'], retryable: boolean): PortErrorOptions => ({
    code: `agent/${kind}`, kind, retryable, ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
  if (status === 429) return new PortError(message, options('rate-limited', true));
  if (status === 408 || status === 504) return new PortError(message, options('timeout', true));
  if (status === 404 || status === 410) return new PortError(message, options('not-found', false));
  if (status >= 500) return new PortError(message, options('unavailable', status !== 501 && status !== 505));
  if (status >= 400) return new PortError(message, options('rejected', false));
  return garbage(`status ${status}`);
}

/** Seconds or an HTTP date (RFC 9110, section 10.2.3); undefined when absent or unreadable. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/u.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(RETRY_AFTER_MS_MAX, Math.max(0, ms));
}
