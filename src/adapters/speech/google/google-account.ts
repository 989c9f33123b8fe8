import { readFile } from 'node:fs/promises';
import { PortError } from '../../../application/ports/port-error.js';

/** Who asks, and where. */
export interface GoogleAccount {
  /** JSON of a service account's key, or the path of a file with it. */
  readonly credentials: string;
  /** `host` or `host:port`. */
  readonly endpoint: string;
  /** Without TLS and without credentials: an emulator, a test. */
  readonly insecure: boolean;
}

const HTTPS_PORT = 443;

/** Options of an SDK client. One connection each: the library would share them between clients. No metadata server and no default credentials are asked for. */
export async function clientOptions({ credentials, endpoint, insecure }: GoogleAccount, port: string) {
  const [host = '', tcpPort] = endpoint.split(':');
  const where = { apiEndpoint: host, port: tcpPort === undefined ? HTTPS_PORT : Number(tcpPort), 'grpc.use_local_subchannel_pool': 1 };
  if (!insecure) return { ...where, credentials: await keyOf(credentials, port) };
  const grpc = await import('@grpc/grpc-js');
  // The SDK asks the metadata server for its universe unless it is given a key, whoever encrypts.
  return { ...where, credentials: { client_email: 'nobody', private_key: 'none' }, sslCreds: grpc.credentials.createInsecure() };
}

async function keyOf(credentials: string, port: string): Promise<{ readonly client_email: string; readonly private_key: string }> {
  let key: unknown;
  try {
    key = JSON.parse(credentials.trimStart().startsWith('{') ? credentials : await readFile(credentials, 'utf8'));
  } catch (cause) {
    // The parser's message would quote the key.
    throw unusable(port, 'neither the JSON of a key nor a file with it', cause instanceof SyntaxError ? undefined : cause);
  }
  const { client_email: email, private_key: secret } = typeof key === 'object' && key !== null ? key as Record<string, unknown> : {};
  if (typeof email !== 'string' || typeof secret !== 'string') throw unusable(port, 'not the key of a service account: client_email or private_key is missing');
  return { client_email: email, private_key: secret };
}

function unusable(port: string, what: string, cause?: unknown): PortError {
  return new PortError(`google: the credentials are ${what}`, { code: `${port}/unauthorised`, kind: 'rejected', cause });
}
