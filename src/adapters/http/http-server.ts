import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Application } from '../../application/application.js';
import type { Logger } from '../../application/ports/logger.js';
import { drainRoutes } from './drain-routes.js';
import { healthRoutes } from './health-routes.js';
import { HttpListener, type ListenerOptions } from './http-listener.js';
import { sendProblem } from './problem.js';
import { securityHeaders } from './security-headers.js';

const CONNECTIONS_MAX = 512;

/** Where the text of /metrics comes from. */
export interface MetricsPage {
  readonly contentType: string;
  render(): Promise<string>;
}

export interface HttpServerOptions extends Omit<ListenerOptions, 'connectionsMax'> {
  readonly application: Application;
  readonly metricsPage: MetricsPage;
  readonly logger: Logger;
}

/** Health and metrics for operators and their machines. No login: bound to the loopback address unless configured otherwise. */
export class HttpServer {
  private constructor(private readonly listener: HttpListener) {}

  get url(): string {
    return this.listener.url;
  }

  /** The port really taken. */
  get port(): number {
    return this.listener.port;
  }

  /** @throws PortError `http/address-unavailable` when the address cannot be listened on. */
  static async open(options: HttpServerOptions, signal: AbortSignal): Promise<HttpServer> {
    return new HttpServer(await HttpListener.open({ ...options, connectionsMax: CONNECTIONS_MAX }, application(options), signal));
  }

  /** As `HttpListener.close`. */
  close(): Promise<void> {
    return this.listener.close();
  }
}
function application({ application: facade, metricsPage, logger, tls = null }: HttpServerOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(securityHeaders(tls !== null));
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
