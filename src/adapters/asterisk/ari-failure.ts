import { isPortError, PortError, type PortErrorKind } from '../../application/ports/port-error.js';
import type { AriHttpResponse } from './ari-http.js';

interface Verdict {
  readonly code: string;
  readonly kind: PortErrorKind;
}

const NOT_FOUND: Verdict = { code: 'telephony/not-found', kind: 'not-found' };
const MESSAGE_CHARS_MAX = 120;

/**
 * By status: rest-api/api-docs of Asterisk 16–23 and main/ari (res_ari.c). 500 with a JSON message is Asterisk's way
 * to refuse a bad dial string or address ("Allocation failed"): it is alive, so this never opens the breaker.
 */
const BY_STATUS: ReadonlyMap<number, Verdict> = new Map([
  [400, { code: 'telephony/invalid', kind: 'rejected' }],
  [401, { code: 'telephony/forbidden', kind: 'rejected' }],
  [403, { code: 'telephony/forbidden', kind: 'rejected' }],
  [404, NOT_FOUND],
  [409, { code: 'telephony/conflict', kind: 'rejected' }],
  [412, { code: 'telephony/conflict', kind: 'rejected' }],
  [422, { code: 'telephony/conflict', kind: 'rejected' }],
  [500, { code: 'telephony/refused', kind: 'rejected' }],
  [501, { code: 'telephony/unsupported', kind: 'rejected' }],
  [503, { code: 'telephony/unavailable', kind: 'unavailable' }],
] as const);

/** These mean that Asterisk does not answer; everything else is an answer. */
const OUTAGES: ReadonlySet<string> = new Set(['timeout', 'unavailable', 'protocol']);

/** Asterisk did not answer, as opposed to what it answered and to our giving up. */
export function isOutage(error: unknown): boolean {
  return isPortError(error) && OUTAGES.has(error.kind) && error.code !== 'telephony/aborted';
}

/** @param what names the request without its parameters, which may be numbers of people. */
export function failureOf(response: AriHttpResponse, what: string): PortError {
  const said = messageIn(response.body);
  if (said === undefined && response.status !== 503) return notAri(what, response.status);
  const verdict = verdictOf(response.status, said ?? '');
  return new PortError(`${what}: HTTP ${response.status}${said === undefined ? '' : ` ${said.slice(0, MESSAGE_CHARS_MAX)}`}`, verdict);
}

/** An answer that is not ARI's: a proxy's page, a half body. */
export function notAri(what: string, status: number): PortError {
  return new PortError(`${what}: HTTP ${status} with something that is not ARI's JSON`, { code: 'telephony/protocol', kind: 'protocol' });
}

function verdictOf(status: number, said: string): Verdict {
  // Adding a channel that hung up meanwhile is "400 Channel not found"; one that is not (yet) ours is 409 or 422.
  if (/not in Stasis/i.test(said)) return { code: 'telephony/not-in-stasis', kind: 'rejected' };
  if (/^Channel not found/i.test(said)) return NOT_FOUND;
  return BY_STATUS.get(status) ?? { code: 'telephony/protocol', kind: 'protocol' };
}

function messageIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const said = 'message' in parsed ? parsed.message : 'error' in parsed ? parsed.error : undefined;
    return typeof said === 'string' ? said : undefined;
  } catch {
    return undefined; // not JSON: the caller names it a protocol failure
  }
}
