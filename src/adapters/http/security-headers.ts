import type { RequestHandler } from 'express';
import helmet from 'helmet';

const YEAR_SECONDS = 31_536_000;

/** Headers that keep browsers from being talked into things. With TLS they are told to come back with TLS only. */
export function securityHeaders(tls: boolean): RequestHandler {
  return helmet({ strictTransportSecurity: tls ? { maxAge: YEAR_SECONDS, includeSubDomains: false } : false });
}
