import { isPortError, PortError, type PortErrorKind } from '../../application/ports/port-error.js';

/* Status codes of gRPC (grpc.io/docs/guides/status-codes) that mean something else than "not now". */
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
const UNIMPLEMENTED = 12;
const UNAUTHENTICATED = 16;

/** How much of a server's own words is kept. */
const DETAIL_CHARACTERS_MAX = 200;
/** No caller waits longer, and no server in its right mind asks for it. */
const RETRY_AFTER_MS_MAX = 60_000;

const MEANINGS: ReadonlyMap<number, readonly [PortErrorKind, string]> = new Map([
  [INVALID_ARGUMENT, ['rejected', 'rejected']],
  [FAILED_PRECONDITION, ['rejected', 'rejected']],
  [UNIMPLEMENTED, ['rejected', 'rejected']],
  [NOT_FOUND, ['not-found', 'not-found']],
  [DEADLINE_EXCEEDED, ['timeout', 'timeout']],
  [PERMISSION_DENIED, ['rejected', 'unauthorised']],
  [UNAUTHENTICATED, ['rejected', 'unauthorised']],
  [RESOURCE_EXHAUSTED, ['rate-limited', 'rate-limited']],
]);

/** What an error of grpc-js means for the port (`speech-to-text`, `text-to-speech`, `voice-activity` or `agent`): code `<port>/<what>`. */
export function grpcFailure(port: string, error: unknown): PortError {
  if (isPortError(error)) return error;
  const { code, message, retryAfterMs } = read(error);
  // An answer that is no message of the contract: grpc-js makes it INTERNAL or RESOURCE_EXHAUSTED and says so in words only.
  const [kind, what] = /parsing error|larger than max/u.test(message) ? ['protocol', 'protocol'] as const : MEANINGS.get(code) ?? ['unavailable', 'unavailable'];
  return new PortError(`the speech server failed: ${message}`, { code: `${port}/${what}`, kind, cause: error, ...(retryAfterMs === null ? {} : { retryAfterMs }) });
}

export function grpcUnavailable(port: string, message: string): PortError {
  return new PortError(message, { code: `${port}/unavailable`, kind: 'unavailable' });
}

export function grpcTimeout(port: string, message: string): PortError {
  return new PortError(message, { code: `${port}/timeout`, kind: 'timeout' });
}

/** Whether this is the answer of a server that does not have the method. */
export function isUnimplemented(error: unknown): boolean {
  return read(error).code === UNIMPLEMENTED;
}

function read(error: unknown): { readonly code: number; readonly message: string; readonly retryAfterMs: number | null } {
  const { code, message, metadata } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; message?: unknown; metadata?: { get?: (key: string) => readonly unknown[] } };
  // The header of gRPC's retry design (A6); below 0 it says "never".
  const pushbackMs = Number(metadata?.get?.('grpc-retry-pushback-ms')[0]);
  return {
    code: typeof code === 'number' ? code : -1,
    message: typeof message === 'string' ? message.slice(0, DETAIL_CHARACTERS_MAX) : 'unknown',
    retryAfterMs: pushbackMs > 0 ? Math.min(pushbackMs, RETRY_AFTER_MS_MAX) : null,
  };
}
