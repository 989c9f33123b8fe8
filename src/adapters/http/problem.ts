import type { Response } from 'express';

/** What can be wrong with a request, as RFC 9457 tells it. `code` is stable: clients match on it. */
const PROBLEMS = {
  forbidden: { status: 403, title: 'This is not for you.' },
  'not-found': { status: 404, title: 'There is nothing here.' },
  'method-not-allowed': { status: 405, title: 'This resource is read with GET.' },
  'internal-error': { status: 500, title: 'Something went wrong on our side.' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** Answers with `application/problem+json`. `detail` must hold nothing that the client may not know. */
export function sendProblem(response: Response, code: ProblemCode, detail?: string): void {
  const { status, title } = PROBLEMS[code];
  response.status(status).type('application/problem+json').send(JSON.stringify({
    type: 'about:blank', title, status, code, ...(detail === undefined ? {} : { detail }),
  }));
}
