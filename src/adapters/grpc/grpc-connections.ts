import { readFile } from 'node:fs/promises';
import type { ChannelCredentials, Client, ClientOptions, Metadata } from '@grpc/grpc-js';
import { PortError } from '../../application/ports/port-error.js';
import { type GrpcAddress, grpcAddress } from './grpc-address.js';
import { grpcFailure, grpcUnavailable } from './grpc-failure.js';
import { assertServing } from './health-check.js';

/** A server and how it knows us; empty strings: not given. */
export interface GrpcServerSettings {
  /** `grpcs://host:port`, or `grpc://` as grpc-address.ts allows it. */
  readonly url: string;
  /** CIDR, commas between. */
  readonly trustedNetworks: string;
  /** Sent as bearer token. */
  readonly token: string;
  /** Paths of PEM files: the authority to trust instead of those that Node.js knows; our certificate and its key (mTLS). */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The name in the server's certificate, when it is not the host of `url`. */
  readonly serverName: string;
  /** The connection must be there and the server say that it serves by then. */
  readonly connectTimeoutMs: number;
}

export type GrpcClientClass<C extends Client> = new (address: string, credentials: ChannelCredentials, options?: Partial<ClientOptions>) => C;

export interface GrpcLease<C extends Client> {
  readonly client: C;
  /** What every call sends. A copy of its own for each lease. */
  readonly metadata: Metadata;
  /** Idempotent. */
  readonly release: () => void;
}

interface Entry<C extends Client> {
  readonly client: C;
  users: number;
}

/** Many servers and proxies let 100 streams run on one connection; further ones would wait without a word. */
const USERS_MAX = 80;
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
/** A server that is back is found again soon: the default of grpc-js grows to two minutes. */
const RECONNECT_MS = { min: 100, max: 2000 };

/**
 * Connections to one service of one server, made as they are needed; the last one is kept for the next who asks. grpc-js and the
 * stubs are loaded with the first. A connection that breaks mends itself with the next call.
 */
export class GrpcConnections<C extends Client> {
  private readonly entries: Entry<C>[] = [];
  private making: Promise<Entry<C>> | null = null;
  private closed = false;
  private readonly address: GrpcAddress;

  /**
   * `port`: the beginning of error codes. `service`: its full name, for the health check. `load` imports the stub.
   * @throws Error that says how to mend the settings.
   */
  constructor(private readonly options: { readonly server: GrpcServerSettings; readonly port: string; readonly service: string; readonly load: () => Promise<GrpcClientClass<C>> }) {
    const { url, trustedNetworks, cert, key } = options.server;
    this.address = grpcAddress(url, trustedNetworks);
    if ((cert === '') !== (key === '')) throw new Error('cert and key are given together or not at all');
  }

  /** @throws PortError: the server cannot be reached, does not know us, or says that it does not serve. */
  async lease(): Promise<GrpcLease<C>> {
    for (;;) {
      const entry = this.entries.find(({ users }) => users < USERS_MAX);
      if (entry !== undefined) {
        const release = this.use(entry); // before anything is awaited: nobody may close it now
        return { client: entry.client, metadata: await metadataOf(this.options.server), release };
      }
      this.making ??= this.add().finally(() => { this.making = null; });
      await this.making;
    }
  }

  /** Frees everything; what is under way ends by itself. Nothing can be leased any more. Idempotent. */
  close(): void {
    this.closed = true;
    for (const { client } of this.entries.splice(0)) client.close();
  }

  private async add(): Promise<Entry<C>> {
    const { server, port, service, load } = this.options;
    const client = await this.connect(await load());
    try {
      this.assertOpen();
      await assertServing({ client, service, metadata: await metadataOf(server), timeoutMs: server.connectTimeoutMs });
      this.assertOpen();
    } catch (error) {
      client.close();
      throw grpcFailure(port, error);
    }
    const entry = { client, users: 0 };
    this.entries.push(entry);
    return entry;
  }

  private assertOpen(): void {
    if (this.closed) throw grpcUnavailable(this.options.port, 'the connections were closed');
  }

  private async connect(Stub: GrpcClientClass<C>): Promise<C> {
    const { server, port } = this.options;
    try {
      const { authority, encrypted } = this.address;
      return new Stub(authority, await credentialsOf(server, encrypted), {
        'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0, 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
        'grpc.initial_reconnect_backoff_ms': RECONNECT_MS.min, 'grpc.min_reconnect_backoff_ms': RECONNECT_MS.min, 'grpc.max_reconnect_backoff_ms': RECONNECT_MS.max,
        ...(server.serverName === '' ? {} : { 'grpc.ssl_target_name_override': server.serverName, 'grpc.default_authority': server.serverName }),
      });
    } catch (cause) {
      throw new PortError(cause instanceof Error ? cause.message : 'the settings are unusable', { code: `${port}/misconfigured`, kind: 'rejected', cause });
    }
  }

  private use(entry: Entry<C>): () => void {
    entry.users += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      entry.users -= 1;
      if (entry.users > 0 || this.entries.length === 1 || !this.entries.includes(entry)) return;
      this.entries.splice(this.entries.indexOf(entry), 1);
      entry.client.close();
    };
  }
}

async function credentialsOf({ ca, cert, key }: GrpcServerSettings, encrypted: boolean): Promise<ChannelCredentials> {
  const { credentials } = await import('@grpc/grpc-js');
  if (!encrypted) return credentials.createInsecure();
  const [authority, certificate, secret] = await Promise.all([ca, cert, key].map(async (file) => (file === '' ? null : readFile(file))));
  return credentials.createSsl(authority ?? null, secret ?? null, certificate ?? null);
}

async function metadataOf({ token }: GrpcServerSettings): Promise<Metadata> {
  const { Metadata } = await import('@grpc/grpc-js');
  const metadata = new Metadata();
  if (token !== '') metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}
