import { PortError, type PortErrorKind } from '../../../application/ports/port-error.js';
import { refusal } from '../wire/speech-socket.js';

/** By the name of the SDK's CancellationErrorCode; others are `unavailable`. */
const MEANINGS: Readonly<Record<string, readonly [what: string, kind: PortErrorKind]>> = {
  AuthenticationFailure: ['unauthorised', 'rejected'],
  Forbidden: ['unauthorised', 'rejected'],
  BadRequestParameters: ['rejected', 'rejected'],
  TooManyRequests: ['rate-limited', 'rate-limited'],
  ServiceTimeout: ['timeout', 'timeout'],
};

/**
 * Why the SDK gave up, in the port's words. How a connection was refused is told in its details only; they are not passed on,
 * because they may hold an address with the key in it.
 */
export function azureFailure(port: string, errorCode: string, details: string): PortError {
  const status = /Unexpected server response: (\d{3})/u.exec(details)?.[1];
  if (status !== undefined) return refusal(port, Number(status));
  if (/quota/iu.test(details)) return new PortError('azure: the quota is gone', { code: `${port}/quota-exceeded`, kind: 'rate-limited', retryable: false });
  const [what, kind] = MEANINGS[errorCode] ?? ['unavailable', 'unavailable'];
  return new PortError(`azure: ${errorCode}`, { code: `${port}/${what}`, kind });
}

export function azureGone(port: string): PortError {
  return new PortError('azure closed the connection', { code: `${port}/unavailable`, kind: 'unavailable' });
}

export function azureGarbage(port: string): PortError {
  return new PortError('azure sent something that is no message of its protocol', { code: `${port}/protocol`, kind: 'protocol' });
}
