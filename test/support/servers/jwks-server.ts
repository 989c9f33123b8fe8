import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestKey } from '../tokens/test-key.js';

/** How the server behaves: as it should, or one of the ways the world fails. */
export type JwksMood =
  | { readonly kind: 'well' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'body'; readonly text: string }
  | { readonly kind: 'hang' }
  | { readonly kind: 'held' }
  | { readonly kind: 'endless' }
  | { readonly kind: 'reset' };

/** An issuer's keys on the loopback address. */
export class JwksServer {
  mood: JwksMood = { kind: 'well' };
  /** When each fetch came, on the clock of this machine. */
  readonly fetchedAtMs: number[] = [];

  private readonly held: (() => void)[] = [];

  private constructor(private readonly server: Server, public keys: readonly TestKey[]) {}

  static async start(...keys: readonly TestKey[]): Promise<JwksServer> {
    const server = createServer();
    const jwks = new JwksServer(server, keys);
    server.on('request', (_request, response: ServerResponse) => { jwks.answer(response); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return jwks;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/.well-known/jwks.json`;
  }

  get fetches(): number {
    return this.fetchedAtMs.length;
  }

  /** Sends what was held, as it was when it was asked for. */
  release(): void {
    for (const send of this.held.splice(0)) send();
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private answer(response: ServerResponse): void {
    this.fetchedAtMs.push(performance.now());
    const { mood } = this;
    switch (mood.kind) {
      case 'well': response.setHeader('content-type', 'application/json').end(this.document()); return;
      case 'held': { const document = this.document(); this.held.push(() => response.end(document)); return; }
      case 'status': response.writeHead(mood.status).end('{"keys":[]}'); return;
      case 'redirect': response.writeHead(302, { location: mood.to }).end(); return;
      case 'body': response.setHeader('content-type', 'application/json').end(mood.text); return;
      case 'hang': return;
      case 'endless': this.pour(response); return;
      case 'reset': response.socket?.destroy(); return;
      default: mood satisfies never;
    }
  }

  private document(): string {
    return JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) });
  }

  /** A body that does not end, as fast as it is taken. */
  private pour(response: ServerResponse): void {
    const chunk = ' '.repeat(65_536);
    while (!response.destroyed && response.write(chunk));
    response.once('drain', () => { this.pour(response); });
  }
}
