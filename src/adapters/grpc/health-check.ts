import type { Client, Metadata } from '@grpc/grpc-js';
import { isUnimplemented } from './grpc-failure.js';

export interface HealthQuestion {
  readonly client: Client;
  /** Full name, or empty: the server as a whole. */
  readonly service: string;
  readonly metadata: Metadata;
  readonly timeoutMs: number;
}

/**
 * Asks by grpc.health.v1, and so connects. A server without that service counts as serving.
 * @throws what grpc-js throws; an Error with the code of UNAVAILABLE when it says that it does not serve.
 */
export async function assertServing({ client, service, metadata, timeoutMs }: HealthQuestion): Promise<void> {
  const { HealthCheckResponse_ServingStatus: Status, HealthService: { check } } = await import('./generated/grpc/health/v1/health.js');
  const { status: { UNAVAILABLE } } = await import('@grpc/grpc-js');
  const status = await new Promise<number>((resolve, reject) => {
    client.makeUnaryRequest(check.path, check.requestSerialize, check.responseDeserialize, { service }, metadata, { deadline: Date.now() + timeoutMs }, (error, answer) => {
      if (error === null) resolve(answer?.status ?? Status.UNKNOWN);
      else if (isUnimplemented(error)) resolve(Status.SERVING);
      else reject(error);
    });
  });
  if (status !== Status.SERVING) throw Object.assign(new Error(`${service} does not serve now`), { code: UNAVAILABLE });
}
