import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP relay in front of a server whose connections cannot be broken from inside. */
export class BreakableRelay {
  private readonly sockets = new Set<Socket>();
  private readonly callers = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** `refuses`: whether a new connection is cut before anything is said. */
  static async start(toPort: number, refuses: () => boolean): Promise<BreakableRelay> {
    const server = createServer();
    const relay = new BreakableRelay(server);
    server.on('connection', (caller) => {
      if (refuses()) { caller.destroy(); return; }
      const target = connect(toPort, '127.0.0.1');
      relay.callers.add(caller);
      relay.keep(caller, target);
      relay.keep(target, caller);
      caller.pipe(target).pipe(caller);
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.sockets.size / 2;
  }

  breakAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** From now on nothing of what callers send on these connections gets through; they stay open. */
  swallow(): void {
    for (const caller of this.callers) {
      caller.unpipe();
      caller.resume();
    }
  }

  /** Writes into what is answered on every connection. */
  mutter(text: string): void {
    for (const caller of this.callers) caller.write(text);
  }

  async stop(): Promise<void> {
    this.breakAll();
    await new Promise((resolve) => { this.server.close(resolve); });
  }

  private keep(socket: Socket, other: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.callers.delete(socket);
      other.destroy();
    });
  }
}
