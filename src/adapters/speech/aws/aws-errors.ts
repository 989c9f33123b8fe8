import { isPortError, PortError, type PortErrorKind } from '../../../application/ports/port-error.js';

type Meaning = readonly [PortErrorKind, string];

const UNAUTHORISED: Meaning = ['rejected', 'unauthorised'];
const RATE_LIMITED: Meaning = ['rate-limited', 'rate-limited'];
const REJECTED: Meaning = ['rejected', 'rejected'];
const PROTOCOL: Meaning = ['protocol', 'protocol'];
const UNAVAILABLE: Meaning = ['unavailable', 'unavailable'];

/** Names of AWS errors (the services' API references, "Common errors"); they come in a refusal, or as an event in the middle of a stream. */
const BY_NAME: readonly (readonly [RegExp, Meaning])[] = [
  [/^(?:UnrecognizedClient|AccessDenied|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|NotAuthorized|OptInRequired)/u, UNAUTHORISED],
  [/^(?:LimitExceeded|Throttl|TooManyRequests|RequestLimitExceeded|ServiceQuotaExceeded)/u, RATE_LIMITED],
  [/^(?:ServiceUnavailable|InternalFailure|ServiceFailure)/u, UNAVAILABLE],
  [/^(?:BadRequest|Validation|Conflict)/u, REJECTED],
  [/^SyntaxError$/u, PROTOCOL],
];
/** What the SDK says of bytes that are no event stream or no HTTP/2: no name of its own. */
const BROKEN_FRAMES = /checksum|event message|Protocol error|[Uu]nrecognizable event|Deserialization error/u;

/** What an error of the SDK means for the port (`speech-to-text` or `text-to-speech`). */
export function awsFailure(port: string, error: unknown): PortError {
  if (isPortError(error)) return error;
  const { name, message, status } = partsOf(error);
  const [kind, what] = BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? byMessage(name, message) ?? byStatus(status);
  return new PortError(`aws: ${name}: ${message}`, { code: `${port}/${what}`, kind, cause: error });
}

function byMessage(name: string, message: string): Meaning | null {
  if (BROKEN_FRAMES.test(message)) return PROTOCOL;
  // A connection that is gone before an answer carries this name too.
  return name === 'TimeoutError' && !message.includes('did not get a response') ? ['timeout', 'timeout'] : null;
}

function byStatus(status: number): Meaning {
  if (status === 401 || status === 403) return UNAUTHORISED;
  if (status === 429) return RATE_LIMITED;
  return status >= 400 && status < 500 ? REJECTED : UNAVAILABLE;
}

function partsOf(error: unknown): { readonly name: string; readonly message: string; readonly status: number } {
  if (!(error instanceof Error)) return { name: 'unknown', message: String(error), status: 0 };
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return { name: error.name, message: error.message, status: metadata?.httpStatusCode ?? 0 };
}
