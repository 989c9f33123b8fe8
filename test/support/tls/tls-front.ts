import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { CertificateFiles } from './certificates.js';

/** Speaks TLS in front of a server that does not. */
export class TlsFront {
  /** Protocols of the connections so far. */
  readonly protocols: (string | null)[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async open(certificate: CertificateFiles, port: number): Promise<TlsFront> {
    const server = createServer({ cert: await readFile(certificate.cert), key: await readFile(certificate.key) });
    const front = new TlsFront(server);
    server.on('secureConnection', (outside) => {
      front.protocols.push(outside.getProtocol());
      const inside = connect(port, '127.0.0.1');
      for (const [socket, other] of [[outside, inside], [inside, outside]] as const) {
        front.sockets.add(socket);
        socket.on('error', () => { other.destroy(); }).on('close', () => { front.sockets.delete(socket); other.destroy(); });
      }
      outside.pipe(inside).pipe(outside);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return front;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
