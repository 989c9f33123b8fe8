import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer, type ServerOptions as SecureServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface VaultRequest {
  readonly method: string;
  readonly idempotencyKey: string;
  /** Null: no such header. */
  readonly authorization: string | null;
  readonly body: { readonly call_id: string; readonly tenant_id: string; readonly token: string; readonly digits: string };
}

/** A payment tool on the loopback address. */
export class VaultServer {
  readonly requests: VaultRequest[] = [];
  /** Statuses of the next answers, in order, `hang` for none; then 204. */
  readonly next: (number | 'hang')[] = [];

  private constructor(private readonly server: Server | SecureServer) {}

  /** With `tls` it speaks TLS only. */
  static async start(tls: SecureServerOptions | null = null): Promise<VaultServer> {
    const server = tls === null ? createServer() : createSecureServer(tls);
    const vault = new VaultServer(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => { void vault.answer(request, response); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return vault;
  }

  get url(): string {
    return `${'setSecureContext' in this.server ? 'https' : 'http'}://127.0.0.1:${(this.server.address() as AddressInfo).port}/digits`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = this.next.shift() ?? 204;
    if (answer === 'hang') return;
    if (answer < 300) {
      this.requests.push({ method: request.method ?? '', idempotencyKey: String(request.headers['idempotency-key']), authorization: request.headers.authorization ?? null, body: JSON.parse(Buffer.concat(chunks).toString()) as VaultRequest['body'] });
    }
    response.writeHead(answer, answer >= 300 && answer < 400 ? { location: '/elsewhere' } : {}).end();
  }
}
