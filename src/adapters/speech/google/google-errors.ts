import { isPortError, PortError, type PortErrorKind } from '../../../application/ports/port-error.js';

/* Status codes of gRPC (grpc.io, status codes) that mean something else than "not now". */
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
const UNAUTHENTICATED = 16;

const MEANINGS: ReadonlyMap<number, readonly [PortErrorKind, string]> = new Map([
  [INVALID_ARGUMENT, ['rejected', 'rejected']],
  [NOT_FOUND, ['rejected', 'rejected']],
  [FAILED_PRECONDITION, ['rejected', 'rejected']],
  [DEADLINE_EXCEEDED, ['timeout', 'timeout']],
  [PERMISSION_DENIED, ['rejected', 'unauthorised']],
  [UNAUTHENTICATED, ['rejected', 'unauthorised']],
  [RESOURCE_EXHAUSTED, ['rate-limited', 'rate-limited']],
]);

/** What an error of the SDK, or a status inside of an answer, means for the port (`speech-to-text` or `text-to-speech`). */
export function googleFailure(port: string, error: unknown): PortError {
  if (isPortError(error)) return error;
  const { code, message } = statusOf(error);
  const [kind, what] = meaningOf(code, message);
  return new PortError(`google: ${message}`, { code: `${port}/${what}`, kind, cause: error });
}

function meaningOf(code: number | null, message: string): readonly [PortErrorKind, string] {
  // grpc-js gives these no code of their own: an answer that is no protobuf, and a key that cannot sign.
  if (/parsing error/u.test(message)) return ['protocol', 'protocol'];
  if (/metadata from plugin/u.test(message)) return ['rejected', 'unauthorised'];
  return (code === null ? undefined : MEANINGS.get(code)) ?? ['unavailable', 'unavailable'];
}

function statusOf(error: unknown): { readonly code: number | null; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { code: null, message: String(error) };
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return { code: typeof code === 'number' ? code : null, message: typeof message === 'string' ? message : 'unknown' };
}
