import { isPortError, type PortError } from '../../../application/ports/port-error.js';
import { Problem, type ProblemCode, type ProblemDetail } from '../problem.js';

export const UNAVAILABLE_RETRY_MS = 5000;

interface Found {
  readonly code: ProblemCode;
  readonly more: ProblemDetail;
}

/** What body-parser calls its errors. */
const BODY_FAULTS: Readonly<Record<string, ProblemCode>> = {
  'entity.too.large': 'body-too-large', 'charset.unsupported': 'unsupported-media-type', 'encoding.unsupported': 'unsupported-media-type',
  'entity.parse.failed': 'invalid-body', 'request.aborted': 'invalid-body', 'request.size.invalid': 'invalid-body',
};

/** What a client is told of whatever was thrown: nothing of what broke inside. */
export function problemOf(error: unknown): Found {
  if (error instanceof Problem) return { code: error.code, more: error.more };
  if (isPortError(error)) return ofPort(error);
  if (!(error instanceof Error)) return { code: 'internal-error', more: {} };
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return { code: 'unavailable', more: { retryAfterMs: UNAVAILABLE_RETRY_MS } };
  const type = 'type' in error && typeof error.type === 'string' ? error.type : '';
  return { code: BODY_FAULTS[type] ?? (error instanceof URIError ? 'invalid-request' : 'internal-error'), more: {} };
}

function ofPort({ kind, retryAfterMs }: PortError): Found {
  if (kind === 'rejected' || kind === 'protocol') return { code: 'internal-error', more: {} };
  return { code: kind === 'not-found' ? 'not-found' : 'unavailable', more: { retryAfterMs: retryAfterMs ?? UNAVAILABLE_RETRY_MS } };
}
