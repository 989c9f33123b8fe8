import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import { PortError } from '../../application/ports/port-error.js';
import { ListenerCertificate, type ListenerTls } from './listener-certificate.js';

const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5000;
/** How often Node looks for requests past their time; its own 30 s would make the two limits above up to 35 s and 40 s. */
const TIMEOUT_CHECK_MS = 1000;
/** Requests under way may finish for so long once closing has begun. */
const CLOSE_DEADLINE_MS = 2000;

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free port; read it from `port`. */
  readonly port: number;
  readonly connectionsMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Null or absent: not encrypted. */
  readonly tls?: ListenerTls | null;
  /** Closing has begun: answers without an end have to find theirs. */
  readonly onClosing?: () => void;
}

/** An address that is listened on, with limits on how slow and how many clients may be. */
export class HttpListener {
  private closing: Promise<void> | null = null;

  private constructor(
    private readonly server: Server | SecureServer,
    private readonly certificate: ListenerCertificate | null,
    private readonly options: ListenerOptions,
    /** The port really taken. */
    readonly port: number,
  ) {}

  get url(): string {
    const { host } = this.options;
    return `${this.certificate === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  /** @throws PortError `http/address-unavailable` when the address cannot be listened on, `http/certificate-unusable`. */
  static async open(options: ListenerOptions, app: RequestListener, signal: AbortSignal): Promise<HttpListener> {
    const certificate = options.tls === undefined || options.tls === null ? null : await ListenerCertificate.open(options.tls, options);
    const server = serverOf(app, certificate, options.tls?.clientAuthority !== null);
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.maxConnections = options.connectionsMax;
    try {
      server.listen({ host: options.host, port: options.port });
      await once(server, 'listening', { signal });
    } catch (cause) {
      server.close();
      throw new PortError(`cannot listen on ${options.host}:${options.port}${reasonOf(cause)}`, { code: 'http/address-unavailable', kind: 'unavailable', retryable: false, cause });
    }
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : options.port;
    if (certificate !== null && 'setSecureContext' in server) certificate.follow(server);
    return new HttpListener(server, certificate, options, port);
  }

  /** Takes no new request, lets those under way finish for a moment, then cuts them. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    this.certificate?.close();
    const closed = new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
    this.options.onClosing?.();
    this.server.closeIdleConnections();
    const cut: Cancel = this.options.clock.after(CLOSE_DEADLINE_MS, () => { this.server.closeAllConnections(); });
    await closed;
    cut();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already.\n  fix: end it, or set another port (http.port, api.port)',
  EADDRNOTAVAIL: 'this machine has no such address.\n  fix: set one that it has (http.host, api.host)',
  ENOTFOUND: 'no such name is known here.\n  fix: set an address of this machine (http.host, api.host)',
  EACCES: 'this user may not listen on that port.\n  fix: set one above 1023 (http.port, api.port)',
};

/** For who starts the gateway. */
function reasonOf(cause: unknown): string {
  const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''];
  return reason === undefined ? '' : `: ${reason}`;
}

function serverOf(app: RequestListener, certificate: ListenerCertificate | null, clientsShowThemselves: boolean): Server | SecureServer {
  const limits = { connectionsCheckingInterval: TIMEOUT_CHECK_MS };
  if (certificate === null) return createServer(limits, app);
  return createSecureServer({ ...limits, ...certificate.options, requestCert: clientsShowThemselves, rejectUnauthorized: clientsShowThemselves, handshakeTimeout: HEADERS_TIMEOUT_MS }, app);
}
