import type { Response } from 'express';

/** What can be wrong with a request, as RFC 9457 tells it. `code` is stable: clients match on it. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'Something in the request is not as it must be.' },
  'invalid-body': { status: 400, title: 'The body cannot be read.' },
  unauthenticated: { status: 401, title: 'Who asks? No token was given, or it is not to be believed.' },
  forbidden: { status: 403, title: 'This is not for you.' },
  'not-found': { status: 404, title: 'There is nothing here.' },
  'method-not-allowed': { status: 405, title: 'This resource cannot be asked for that way.' },
  conflict: { status: 409, title: 'This does not go with the state it is in.' },
  gone: { status: 410, title: 'This is no more.' },
  'precondition-failed': { status: 412, title: 'It is not as you have seen it: read it again.' },
  'body-too-large': { status: 413, title: 'The body is too large.' },
  'unsupported-media-type': { status: 415, title: 'The body has to be application/json.' },
  'range-not-satisfiable': { status: 416, title: 'There is nothing in that range.' },
  refused: { status: 422, title: 'Understood, but the rules do not allow it.' },
  'precondition-required': { status: 428, title: 'Say which version you change: If-Match with its ETag, or If-None-Match: * for what is not there yet.' },
  'too-many-requests': { status: 429, title: 'Too many requests: wait, then ask again.' },
  'internal-error': { status: 500, title: 'Something went wrong on our side.' },
  unavailable: { status: 503, title: 'This cannot be answered now.' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** What more a problem may tell. Nothing in it that the client may not know. */
export interface ProblemDetail {
  readonly detail?: string;
  /** Narrower than `code`: why exactly, as the operation documents it. */
  readonly reason?: string;
  /** What stands in the way of an order, narrower than `reason`. */
  readonly obstacle?: string;
  /** Each fault of an invalid request. */
  readonly faults?: readonly { readonly at: string; readonly message: string }[];
  readonly retryAfterMs?: number;
  readonly requestId?: string;
}

/** Thrown by operations; the router answers with it. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(readonly code: ProblemCode, readonly more: ProblemDetail = {}) {
    super(more.detail ?? PROBLEMS[code].title);
  }
}

/** Answers with `application/problem+json`. */
export function sendProblem(response: Response, code: ProblemCode, more: ProblemDetail = {}): void {
  const { status, title } = PROBLEMS[code];
  const { retryAfterMs, ...told } = more;
  if (retryAfterMs !== undefined) response.set('Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  response.status(status).type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title, status, code, ...told }));
}
