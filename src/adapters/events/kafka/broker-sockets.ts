import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

type Listener = (...args: readonly unknown[]) => void;

/**
 * Every socket kafkajs opens, so that somebody can end them: kafkajs itself only asks politely (`end`), and a broker that is
 * frozen or gone never answers that.
 */
export class BrokerSockets {
  private readonly open = new Set<Socket>();
  private closed = false;

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const socket = this.connect({ host, port }, ssl, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.open.add(socket);
    this.guard(socket);
    socket.once('close', () => { this.open.delete(socket); });
    if (this.closed) socket.destroy(new Error('the client is closing'));
    return socket;
  };

  /** Now; requests under way fail at once, and what connects from now on as well. */
  destroyAll(): void {
    this.closed = true;
    for (const socket of this.open) socket.destroy(new Error('the client is closing'));
  }

  /** Those that are open now; kafkajs makes new ones. It would use for ever one over which nothing comes any more: no answer is no reason for it to connect again. */
  breakOff(): void {
    for (const socket of this.open) socket.destroy(new Error('given up after a failure'));
  }

  /** kafkajs reads in its data listener and throws out of it when what comes is not Kafka's: that would end this process, with all its calls. */
  private guard(socket: Socket): void {
    const listen = socket.on.bind(socket) as (event: string, listener: Listener) => Socket;
    const guarded = (listener: Listener): Listener => (...args) => {
      try {
        listener(...args);
      } catch (cause) {
        socket.destroy(new Error('what came is no answer of Kafka', { cause })); // kafkajs hears of it as of any broken connection
      }
    };
    socket.on = ((event: string, listener: Listener) => listen(event, event === 'data' ? guarded(listener) : listener)) as Socket['on'];
  }

  private connect(place: { readonly host: string; readonly port: number }, ssl: ConnectionOptions | boolean | undefined, onConnect: () => void): Socket {
    if (ssl === undefined || ssl === false) return connect(place, onConnect);
    return connectTls({ ...place, ...(isIP(place.host) === 0 ? { servername: place.host } : {}), ...(ssl === true ? {} : ssl) }, onConnect);
  }
}
