import { PortError, type PortErrorKind } from '../../../application/ports/port-error.js';
import { isObject } from '../wire/json-message.js';

/** `code` or `type` of their error objects (developers.openai.com, error codes). Others are `unavailable`. */
const MEANINGS: Readonly<Record<string, readonly [what: string, kind: PortErrorKind]>> = {
  invalid_api_key: ['unauthorised', 'rejected'],
  authentication_error: ['unauthorised', 'rejected'],
  insufficient_quota: ['quota-exceeded', 'rate-limited'],
  rate_limit_exceeded: ['rate-limited', 'rate-limited'],
  model_not_found: ['rejected', 'rejected'],
  invalid_request_error: ['rejected', 'rejected'],
};

/** What their error object says, in the port's words; null when it is none. */
export function openAiFailure(port: string, error: unknown): PortError | null {
  if (!isObject(error)) return null;
  const names = [error['code'], error['type']].filter((name) => typeof name === 'string');
  const known = names.find((name) => Object.hasOwn(MEANINGS, name));
  const [what, kind] = known === undefined ? ['unavailable', 'unavailable'] as const : MEANINGS[known] ?? ['unavailable', 'unavailable'] as const;
  // Their message is not passed on: it may hold parts of the key.
  return new PortError(`openai: ${names[0]?.slice(0, 100) ?? 'unknown error'}`, { code: `${port}/${what}`, kind, retryable: kind !== 'rejected' && what !== 'quota-exceeded' });
}
