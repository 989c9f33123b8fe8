import http from 'node:http';
import https from 'node:https';
import { PortError } from '../../application/ports/port-error.js';
import type { Clock } from '../../application/ports/clock.js';
import { givenUp } from './abortable.js';

export interface AriHttpOptions {
  /** Base of the REST interface, for example `http://127.0.0.1:8088/ari`. */
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  readonly clock: Clock;
  /** Certificates (PEM) to trust instead of those that Node.js knows. */
  readonly tlsAuthority?: string | null;
  /** Sockets kept to this Asterisk; more requests wait within their deadline. */
  readonly connectionsMax?: number;
}

export interface AriHttpRequest {
  readonly method: string;
  /** Below the base, with the query: `channels/1.2?reason_code=17`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The whole exchange takes this long at most. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface AriHttpResponse {
  readonly status: number;
  readonly body: string;
}

/** Idle sockets go before Asterisk drops them (http.conf session_keep_alive, 15 s): a request never meets a closing socket. */
const IDLE_SOCKET_MS = 5000;
const CONNECTIONS_MAX = 64;
const BODY_BYTES_MAX = 32 * 1024 * 1024; // GET /channels with 10,000 channels is about 6 MB

/**
 * HTTP to one Asterisk: keep-alive sockets, a deadline on every exchange that really frees the socket, and failures
 * that name neither address nor password. It knows nothing of ARI's resources.
 */
export class AriHttp {
  readonly baseUrl: URL;
  private readonly agent: http.Agent;
  private readonly clock: Clock;
  private readonly basicAuthorization: string;
  private readonly send: typeof http.request;
  /** For every connection to Asterisk, whoever makes it. */
  readonly tls: { readonly ca?: string; readonly minVersion: 'TLSv1.2' };

  constructor(options: AriHttpOptions) {
    this.baseUrl = new URL(options.baseUrl.replace(/\/*$/, '/'));
    this.baseUrl.username = '';
    this.baseUrl.password = '';
    this.clock = options.clock;
    this.basicAuthorization = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
    const agentOptions = { keepAlive: true, maxSockets: options.connectionsMax ?? CONNECTIONS_MAX, timeout: IDLE_SOCKET_MS };
    const secure = this.baseUrl.protocol === 'https:';
    this.tls = { minVersion: 'TLSv1.2', ...(options.tlsAuthority === undefined || options.tlsAuthority === null ? {} : { ca: options.tlsAuthority }) };
    this.agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
    this.send = secure ? https.request : http.request;
  }

  /** Header value for the event socket, which authenticates the same way. */
  get authorization(): string {
    return this.basicAuthorization;
  }

  /** @throws PortError telephony/timeout, telephony/unavailable, telephony/protocol (answer too large), telephony/aborted. Any HTTP status is an answer. */
  async request(request: AriHttpRequest): Promise<AriHttpResponse> {
    if (request.signal?.aborted === true) throw givenUp(request.signal);
    try {
      return await this.exchange(request, this.agent);
    } catch (error) {
      // Asterisk closed the idle socket while the request was on its way to it and has not read it: once more, on a socket of its own.
      if (error instanceof StaleSocketError) return this.exchange(request, false);
      throw error;
    }
  }

  /** Frees the sockets; running requests fail. Idempotent. */
  close(): void {
    this.agent.destroy();
  }

  private exchange(request: AriHttpRequest, agent: http.Agent | false): Promise<AriHttpResponse> {
    const { promise, resolve, reject } = outcome<AriHttpResponse>();
    const outgoing = this.send(new URL(request.path, this.baseUrl), {
      method: request.method, agent, headers: this.headersOf(request), ...this.tls,
    });
    const fail = (error: Error): void => {
      reject(error);
      outgoing.destroy();
    };
    const cancelDeadline = this.clock.after(request.limitMs, () => {
      fail(new PortError(`Asterisk gave no answer within ${request.limitMs} ms`, { code: 'telephony/timeout', kind: 'timeout' }));
    });
    const onAbort = (): void => { fail(givenUp(request.signal)); };
    request.signal?.addEventListener('abort', onAbort, { once: true });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      reject(outgoing.reusedSocket && error.code === 'ECONNRESET' ? new StaleSocketError() : unreachable(error));
    });
    outgoing.on('response', (incoming) => { collect(incoming, resolve, fail); });
    outgoing.end(request.body);
    return promise.finally(() => {
      cancelDeadline();
      request.signal?.removeEventListener('abort', onAbort);
    });
  }

  private headersOf(request: AriHttpRequest): http.OutgoingHttpHeaders {
    const headers: http.OutgoingHttpHeaders = { ...request.headers, authorization: this.basicAuthorization, accept: 'application/json' };
    // Asterisk's HTTP server wants a length with every POST, also an empty one.
    if (request.method !== 'GET') headers['content-length'] = Buffer.byteLength(request.body ?? '');
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    return headers;
  }
}

class StaleSocketError extends Error {}

function unreachable(error: NodeJS.ErrnoException): PortError {
  // The system's own message repeats the address; its code says all there is to know.
  return new PortError(`Asterisk could not be reached (${error.code ?? 'socket closed'})`, { code: 'telephony/unavailable', kind: 'unavailable' });
}

function collect(incoming: http.IncomingMessage, resolve: (response: AriHttpResponse) => void, fail: (error: Error) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  incoming.on('data', (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) fail(new PortError('Asterisk answered too much', { code: 'telephony/protocol', kind: 'protocol' }));
  });
  incoming.on('end', () => { resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }); });
  incoming.on('error', (error: NodeJS.ErrnoException) => { fail(unreachable(error)); });
}

function outcome<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => { resolve = onResolve; reject = onReject; });
  return { promise, resolve, reject };
}
