import { isPortError, type PortError } from '../../../application/ports/port-error.js';
import { Problem, type ProblemCode, type ProblemDetail } from '../problem.js';

export const UNAVAILABLE_RETRY_MS = 5000;

interface Found {
  readonly code: ProblemCode;
  readonly more: ProblemDetail;
}

/** What a client is told of whatever was thrown: nothing of what broke inside. */
export function problemOf(error: unknown): Found {
  if (error instanceof Problem) return { code: error.code, more: error.more };
  if (isPortError(error)) return ofPort(error);
  if (!(error instanceof Error)) return { code: 'internal-error', more: {} };
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return { code: 'unavailable', more: { retryAfterMs: UNAVAILABLE_RETRY_MS } };
  if (error instanceof URIError) return { code: 'invalid-request', more: { faults: [{ at: 'path', message: 'is not well encoded' }] } };
  return { code: bodyFault(error) ?? 'internal-error', more: {} };
}

/** What body-parser says by its status: not every error of it has a type (a body that is not compressed as it says has none). */
function bodyFault(error: Error): ProblemCode | null {
  if (!('statusCode' in error) || typeof error.statusCode !== 'number') return null;
  switch (error.statusCode) {
    case 413: return 'body-too-large';
    case 415: return 'unsupported-media-type';
    default: return error.statusCode < 500 ? 'invalid-body' : null;
  }
}

function ofPort({ kind, retryAfterMs }: PortError): Found {
  if (kind === 'rejected' || kind === 'protocol') return { code: 'internal-error', more: {} };
  return { code: kind === 'not-found' ? 'not-found' : 'unavailable', more: { retryAfterMs: retryAfterMs ?? UNAVAILABLE_RETRY_MS } };
}
