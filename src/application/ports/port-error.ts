/**
 * The six ways the outside world may fail us. Adapters map every library error to one of these
 * at their edge, next to where it happened; the inside never sees a vendor's error.
 */
export type PortErrorKind =
  | 'timeout' // no answer before the deadline
  | 'unavailable' // could not be reached, or the breaker is open
  | 'rejected' // it answered "no": bad request, forbidden, conflict
  | 'not-found' // the thing asked for does not exist (any more)
  | 'rate-limited' // it answered "later"
  | 'protocol'; // it answered something we do not understand

export interface PortErrorOptions {
  /** Stable code `<port>/<what>`, for example `speech-to-text/timeout`. Match on this. */
  readonly code: string;
  readonly kind: PortErrorKind;
  /** True when the same request may succeed if repeated. Defaults by kind: timeout, unavailable and rate-limited are. */
  readonly retryable?: boolean;
  /** Wait asked for by the other side. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code: string;
  readonly kind: PortErrorKind;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: PortErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.kind = options.kind;
    this.retryable = options.retryable ?? ['timeout', 'unavailable', 'rate-limited'].includes(options.kind);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** By name: a module that is loaded on demand may bring a second copy of this class with it (tsx does so in tests). */
export function isPortError(error: unknown): error is PortError {
  return error instanceof PortError || (error instanceof Error && error.name === 'PortError');
}

/** What operators are told of a failure. */
export function codeOf(error: unknown, otherwise = 'unknown'): string {
  return isPortError(error) ? error.code : otherwise;
}
