import express from 'express';
import { HttpListener, type ListenerOptions } from '../http-listener.js';
import { securityHeaders } from '../security-headers.js';
import { type ApiPorts, apiRouter } from './api-router.js';
import { docsRoutes } from './docs-routes.js';
import { API_PREFIX } from './api-prefix.js';
import { openApiDocument } from './openapi-document.js';
import { API_OPERATIONS } from './api-operations.js';
import type { Operation } from './operation.js';
import { OpenStreams } from './event-stream.js';
import { forwardingWatch } from './forwarding-watch.js';

/** Most of them live streams. */
const CONNECTIONS_MAX = 2048;

export type ApiServerOptions = Omit<ListenerOptions, 'connectionsMax' | 'onClosing'> & Omit<ApiPorts, 'streams'> & {
  /** Networks (CIDR) of proxies whose X-Forwarded-For is believed; of others it is not looked at. */
  readonly trustedProxies: readonly string[];
  /** By default all there are. */
  readonly operations?: readonly Operation[];
};

/** The management API, at an address of its own: that of health and metrics has no login. */
export async function openApiServer(options: ApiServerOptions, signal: AbortSignal): Promise<HttpListener> {
  const { operations = API_OPERATIONS } = options;
  const app = express();
  const streams = new OpenStreams();
  const ports = { ...options, streams };
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple'); // one level: nothing that a client nests in a query reaches a schema
  app.set('trust proxy', options.trustedProxies.length === 0 ? false : [...options.trustedProxies]);
  app.use(forwardingWatch(app, options.logger));
  app.use(securityHeaders((options.tls ?? null) !== null));
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.use(API_PREFIX, apiRouter(operations, ports));
  app.use(apiRouter([], ports, docsRoutes(openApiDocument(operations)))); // everything else is not there, and says so the same way
  return HttpListener.open({ ...options, connectionsMax: CONNECTIONS_MAX, onClosing: () => { streams.endAll(); } }, app, signal);
}
