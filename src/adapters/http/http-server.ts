import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import type { Application } from '../../application/application.js';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import { PortError } from '../../application/ports/port-error.js';
import { drainRoutes } from './drain-routes.js';
import { healthRoutes } from './health-routes.js';
import { sendProblem } from './problem.js';

const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5000;
/** How often Node looks for requests past their time; its own 30 s would make the two limits above up to 35 s and 40 s. */
const TIMEOUT_CHECK_MS = 1000;
const CONNECTIONS_MAX = 512;
/** Requests under way may finish for so long once closing has begun. */
const CLOSE_DEADLINE_MS = 2000;

/** Where the text of /metrics comes from. */
export interface MetricsPage {
  readonly contentType: string;
  render(): Promise<string>;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes any free port; read it from `port`. */
  readonly port: number;
  readonly application: Application;
  readonly metricsPage: MetricsPage;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Health and metrics for operators and their machines. No login: bound to the loopback address unless configured otherwise. */
export class HttpServer {
  private closing: Promise<void> | null = null;

  private constructor(
    private readonly server: Server,
    private readonly clock: Clock,
    private readonly host: string,
    /** The port really taken. */
    readonly port: number,
  ) {}

  get url(): string {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** @throws PortError `http/address-unavailable` when the address cannot be listened on. */
  static async open(options: HttpServerOptions, signal: AbortSignal): Promise<HttpServer> {
    const server = createServer({ connectionsCheckingInterval: TIMEOUT_CHECK_MS }, application(options));
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.maxConnections = CONNECTIONS_MAX;
    try {
      server.listen({ host: options.host, port: options.port });
      await once(server, 'listening', { signal });
    } catch (cause) {
      server.close();
      throw new PortError(`cannot listen on ${options.host}:${options.port}`, { code: 'http/address-unavailable', kind: 'unavailable', retryable: false, cause });
    }
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : options.port;
    return new HttpServer(server, options.clock, options.host, port);
  }

  /** Takes no new request, lets those under way finish for a moment, then cuts them. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    const closed = new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
    this.server.closeIdleConnections();
    const cut: Cancel = this.clock.after(CLOSE_DEADLINE_MS, () => { this.server.closeAllConnections(); });
    await closed;
    cut();
  }
}

function application({ application: facade, metricsPage, logger }: HttpServerOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(helmet());
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.use(drainRoutes(facade));
  app.use((request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') { next(); return; }
    response.set('Allow', 'GET, HEAD');
    sendProblem(response, 'method-not-allowed');
  });
  app.use(healthRoutes(facade));
  app.get('/metrics', async (_request, response) => {
    const page = await metricsPage.render();
    response.set('Content-Type', metricsPage.contentType).send(page);
  });
  app.use((_request, response) => { sendProblem(response, 'not-found'); });
  app.use(failureHandler(logger));
  return app;
}

/** Express tells error handlers by their four parameters. */
function failureHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    logger.error('http request failed', { method: request.method, route: request.path }, error);
    if (response.headersSent) { next(error); return; }
    sendProblem(response, 'internal-error');
  };
}
