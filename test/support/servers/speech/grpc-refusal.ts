import { Metadata, status } from '@grpc/grpc-js';
import type { ProviderFault } from './faults.js';

/** How gRPC says what HTTP says with these. */
const STATUSES: ReadonlyMap<number, number> = new Map([
  [400, status.INVALID_ARGUMENT], [401, status.UNAUTHENTICATED], [403, status.PERMISSION_DENIED], [404, status.NOT_FOUND], [429, status.RESOURCE_EXHAUSTED],
  [503, status.UNAVAILABLE], [504, status.DEADLINE_EXCEEDED],
]);

/** What a gRPC server ends a call with that HTTP would refuse so. */
export function refusalOf({ status: http, retryAfterS }: ProviderFault & { readonly kind: 'status' }): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  if (retryAfterS !== undefined) metadata.set('grpc-retry-pushback-ms', String(retryAfterS * 1000));
  return { code: STATUSES.get(http) ?? status.UNKNOWN, details: `refused as HTTP would with ${http}`, metadata };
}
