import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Fault } from './faults.js';
import { ProxiedConnection } from './proxied-connection.js';

/** How much later a slow answer comes. */
export const SLOW_MS = 2000;

export interface ChaosProxyOptions {
  /** Of 127.0.0.1; may be told later with `aim`. */
  readonly targetPort?: number;
  readonly slowMs?: number;
  /** Where connections of several kinds come to one port: the kind, by the first bytes of the client. Faults can then be for one kind. */
  readonly kindOf?: (first: Buffer) => string;
}

/**
 * Stands between a program and a TCP service, and hurts the connections when it is told to. Without a fault it passes everything.
 * A fault for one kind of a shared port cannot refuse a connection before it knows the kind: it cuts it then.
 */
export class ChaosProxy {
  /** Times a fault has shown: a connection refused, cut, swallowed from, delayed, spoilt. Refusals by the system are not seen and not in it. */
  hits = 0;
  private readonly server: Server;
  private readonly connections = new Set<ProxiedConnection>();
  private readonly faults = new Map<string, Fault>();
  private targetPort: number;
  private listeningPort = 0;
  private accepted = 0;

  private constructor(private readonly options: ChaosProxyOptions) {
    this.targetPort = options.targetPort ?? 0;
    this.server = createServer((client) => { this.accept(client); });
  }

  static async start(options: ChaosProxyOptions): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(options);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.listeningPort;
  }

  /** That neither side has left, or that it has not come to know of. */
  get openConnections(): number {
    return this.connections.size;
  }

  /** Connections that come from now on go there. */
  aim(targetPort: number): void {
    this.targetPort = targetPort;
  }

  /** At once, for connections that are there and those to come. @param kind of `kindOf`; without it there is one kind only. */
  hurt(fault: Fault, kind = ''): void {
    this.faults.set(kind, fault);
    if (fault === 'refuse' && this.options.kindOf === undefined) this.server.close();
    for (const connection of [...this.connections]) {
      if (connection.kind === kind) connection.strike(fault);
    }
  }

  /** Everything passes again; what a hang has caught stays dead. */
  async heal(): Promise<void> {
    this.faults.clear();
    for (const connection of [...this.connections]) connection.heal();
    if (!this.server.listening) await this.listen();
  }

  async close(): Promise<void> {
    for (const connection of [...this.connections]) connection.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private async listen(): Promise<void> {
    this.server.listen(this.listeningPort, '127.0.0.1');
    await once(this.server, 'listening');
    this.listeningPort = (this.server.address() as AddressInfo).port;
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    const connection: ProxiedConnection = new ProxiedConnection({
      client, number: this.accepted, targetPort: this.targetPort, slowMs: this.options.slowMs ?? SLOW_MS, kindOf: this.options.kindOf ?? null,
      faultFor: (kind) => this.faults.get(kind) ?? null,
      onHit: () => { this.hits += 1; },
      onClosed: () => { this.connections.delete(connection); },
    });
    this.connections.add(connection);
  }
}

/** ARI has two kinds of connections on one port: the event socket, and requests. */
export function ariConnectionKind(first: Buffer): 'events' | 'rest' {
  return /^GET [^\r\n]*\/events\?/u.test(first.toString('latin1')) ? 'events' : 'rest';
}
