import { Metadata, status } from '@grpc/grpc-js';
import { isPortError, type PortErrorKind } from '../../src/application/ports/port-error.js';

const STATUSES: Readonly<Record<PortErrorKind, number>> = {
  rejected: status.INVALID_ARGUMENT, 'not-found': status.NOT_FOUND, 'rate-limited': status.RESOURCE_EXHAUSTED, timeout: status.DEADLINE_EXCEEDED,
  unavailable: status.UNAVAILABLE, protocol: status.INTERNAL,
};

/** The caller broke the contract. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

export interface Status {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/** What a call ends with when an engine, or the caller, fails. */
export function statusOf(error: unknown): Status {
  const metadata = new Metadata();
  if (error instanceof BadRequest) return { code: status.INVALID_ARGUMENT, details: error.message, metadata };
  if (!isPortError(error)) return { code: status.INTERNAL, details: 'the server failed', metadata };
  if (error.retryAfterMs !== undefined) metadata.set('grpc-retry-pushback-ms', String(Math.round(error.retryAfterMs)));
  return { code: STATUSES[error.kind], details: error.message, metadata };
}
