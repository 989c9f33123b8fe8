import { isPortError, PortError } from '../../application/ports/port-error.js';

const RETRY_AFTER_MS_MAX = 60_000;

export interface Circumstances {
  readonly expired: boolean;
  readonly closed: boolean;
  readonly aborted: boolean;
}

/** What undici, JSON or our own checks threw, in the port's words. Why we stopped wins over how it looked. */
export function failureOf(error: unknown, { expired, closed, aborted }: Circumstances): PortError {
  if (closed) return new PortError('the directory was closed', { code: 'tenant-directory/closed', kind: 'unavailable', retryable: false, cause: error });
  if (aborted) return new PortError('the request was aborted', { code: 'tenant-directory/aborted', kind: 'timeout', retryable: false, cause: error });
  if (expired) return new PortError('the tenant-manager did not answer in time', { code: 'tenant-directory/timeout', kind: 'timeout', cause: error });
  if (isPortError(error)) return error;
  if (error instanceof SyntaxError) return outOfProtocol(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_') || code.startsWith('UND_ERR_RES') || code === 'UND_ERR_HEADERS_OVERFLOW') return outOfProtocol(error);
  return new PortError('the tenant-manager could not be reached', { code: 'tenant-directory/unavailable', kind: 'unavailable', cause: error });
}

export function failureOfStatus(status: number, retryAfter: string | string[] | undefined): PortError {
  const message = `the tenant-manager answered ${status}`;
  if (status === 429) {
    const seconds = Number(typeof retryAfter === 'string' ? retryAfter : Number.NaN);
    const wait = Number.isFinite(seconds) ? { retryAfterMs: Math.min(RETRY_AFTER_MS_MAX, Math.max(0, seconds * 1000)) } : {};
    return new PortError(message, { code: 'tenant-directory/rate-limited', kind: 'rate-limited', ...wait });
  }
  if (status === 408 || status === 504) return new PortError(message, { code: 'tenant-directory/timeout', kind: 'timeout' });
  if (status >= 500) return new PortError(message, { code: 'tenant-directory/unavailable', kind: 'unavailable' });
  if (status >= 400) return new PortError(message, { code: 'tenant-directory/rejected', kind: 'rejected' });
  return outOfProtocol(new Error(message));
}

export function outOfProtocol(cause: unknown): PortError {
  return new PortError('the tenant-manager answered something we do not understand', { code: 'tenant-directory/protocol', kind: 'protocol', cause });
}
