import { isPortError, PortError, type PortErrorKind } from '../../../application/ports/port-error.js';
import { tampered } from '../sealed/recording-keys.js';

/** Names in the answers of S3 ("Error responses", its API reference) whose status says less than they do. */
const GONE = /^(?:NoSuchKey|NotFound)$/u;
const LATER = /^(?:SlowDown|Throttl|TooManyRequests|RequestLimitExceeded)/u;

/** What an error of the SDK means for the port. Its message may name keys, never numbers: they hold none. */
export function s3Failure(error: unknown): Error {
  if (isPortError(error)) return error;
  if (error instanceof Error && error.name === 'InvalidRange') return tampered(error); // shorter than its head says
  const { name, message, status } = partsOf(error);
  const [kind, what] = meaningOf(name, status);
  return new PortError(`s3: ${name}: ${message}`, { code: `recording-store/${what}`, kind, cause: error });
}

function meaningOf(name: string, status: number): readonly [PortErrorKind, string] {
  if (GONE.test(name)) return ['not-found', 'not-found'];
  if (LATER.test(name) || status === 429) return ['rate-limited', 'unavailable'];
  if (name === 'TimeoutError') return ['timeout', 'timeout'];
  if (status === 401 || status === 403) return ['rejected', 'unauthorised'];
  return status >= 400 && status < 500 ? ['rejected', 'rejected'] : ['unavailable', 'unavailable'];
}

function partsOf(error: unknown): { readonly name: string; readonly message: string; readonly status: number } {
  if (!(error instanceof Error)) return { name: 'unknown', message: String(error), status: 0 };
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return { name: error.name, message: error.message, status: metadata?.httpStatusCode ?? 0 };
}
