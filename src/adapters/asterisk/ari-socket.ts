import { WebSocket } from 'ws';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import { PortError } from '../../application/ports/port-error.js';
import { givenUp } from './abortable.js';
import type { AriHttp } from './ari-http.js';
import type { AsteriskTimings } from './asterisk-timings.js';

export interface AriSocketOptions {
  readonly http: AriHttp;
  readonly app: string;
  readonly clock: Clock;
  readonly timings: AsteriskTimings;
  /** Called with each text message, also with the first ones, before `open` resolves. */
  readonly onMessage: (text: string) => void;
}

const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
/** After a stall of this process an answer may lie unread in the socket: look once more before calling the peer dead. */
const UNREAD_GRACE_MS = 200;

/**
 * One connection to ARI's event socket. Asterisk registers the application while it is open. It ends when either side
 * closes it or when a ping finds no answer: then `ended` resolves, and the object is of no further use.
 */
export class AriSocket {
  /** Resolves with the reason, once. */
  readonly ended: Promise<string>;
  private resolveEnded: (reason: string) => void = () => undefined;
  private cancelTimer: Cancel = () => undefined;
  private isOver = false;

  private constructor(private readonly socket: WebSocket, private readonly options: AriSocketOptions) {
    this.ended = new Promise((resolve) => { this.resolveEnded = resolve; });
    socket.on('message', (data: Buffer, isBinary: boolean) => { if (!isBinary && !this.isOver) options.onMessage(data.toString('utf8')); });
    socket.on('pong', () => { this.schedulePing(); });
    socket.on('close', (code) => { this.end(`closed with ${code}`); });
    socket.on('error', (error: NodeJS.ErrnoException) => { this.end(error.code ?? 'socket error'); }); // its message holds the address
  }

  /** @throws PortError telephony/unavailable (refused, wrong password, handshake not finished in time), telephony/aborted. */
  static open(options: AriSocketOptions, signal: AbortSignal): Promise<AriSocket> {
    if (signal.aborted) return Promise.reject(givenUp(signal));
    const { http, timings } = options;
    const socket = new WebSocket(eventsUrl(http, options.app), {
      headers: { authorization: http.authorization }, // not in the address, where access logs would keep it
      handshakeTimeout: timings.handshakeTimeoutMs, ...http.tls, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false,
    });
    const connection = new AriSocket(socket, options);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => { connection.close(); };
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('open', () => {
        signal.removeEventListener('abort', onAbort);
        connection.schedulePing();
        resolve(connection);
      });
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        connection.end(`handshake answered with HTTP ${response.statusCode ?? 0}`);
      });
      void connection.ended.then((reason) => {
        signal.removeEventListener('abort', onAbort);
        reject(signal.aborted ? givenUp(signal) : new PortError(`event socket: ${reason}`, { code: 'telephony/unavailable', kind: 'unavailable' }));
      });
    });
  }

  /** Idempotent. */
  close(): void {
    this.end('closed by us');
  }

  private end(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelTimer();
    this.socket.terminate(); // no closing handshake: a frozen peer would hold it for half a minute
    this.resolveEnded(reason);
  }

  private schedulePing(): void {
    this.cancelTimer();
    if (this.isOver) return;
    const { clock, timings } = this.options;
    this.cancelTimer = clock.after(timings.pingIntervalMs, () => {
      this.socket.ping();
      this.cancelTimer = clock.after(timings.pongTimeoutMs, () => {
        this.cancelTimer = clock.after(UNREAD_GRACE_MS, () => { this.end(`no answer to a ping within ${timings.pongTimeoutMs} ms`); });
      });
    });
  }
}

function eventsUrl(http: AriHttp, app: string): URL {
  const url = new URL('events', http.baseUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('app', app);
  return url;
}
