import express from 'express';
import { HttpListener, type ListenerOptions } from '../http-listener.js';
import { securityHeaders } from '../security-headers.js';
import { type ApiPorts, apiRouter } from './api-router.js';
import { docsRoutes } from './docs-routes.js';
import { API_PREFIX, openApiDocument } from './openapi-document.js';
import { API_OPERATIONS } from './api-operations.js';

/** Most of them live streams. */
const CONNECTIONS_MAX = 2048;

export type ApiServerOptions = Omit<ListenerOptions, 'connectionsMax'> & ApiPorts;

/** The management API, at an address of its own: that of health and metrics has no login. */
export async function openApiServer(options: ApiServerOptions, signal: AbortSignal): Promise<HttpListener> {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple'); // one level: nothing that a client nests in a query reaches a schema
  app.use(securityHeaders((options.tls ?? null) !== null));
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.use(docsRoutes(openApiDocument(API_OPERATIONS)));
  app.use(API_PREFIX, apiRouter(API_OPERATIONS, options));
  app.use(apiRouter([], options)); // everything else is not there, and says so the same way
  return HttpListener.open({ ...options, connectionsMax: CONNECTIONS_MAX }, app, signal);
}
