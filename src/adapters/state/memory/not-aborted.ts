import { PortError } from '../../../application/ports/port-error.js';

/** Resolves in a later turn, so that a caller can never come to rely on an answer within the same one; throws when nobody waits any more. */
export async function notAborted(port: string, signal: AbortSignal): Promise<void> {
  await Promise.resolve();
  if (signal.aborted) throw new PortError('the request was aborted', { code: `${port}/aborted`, kind: 'timeout', retryable: false });
}
