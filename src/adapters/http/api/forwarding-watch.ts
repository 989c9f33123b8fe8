import type { Express, RequestHandler } from 'express';
import type { Logger } from '../../../application/ports/logger.js';

/** Peers that are told of: a header alone makes one, so anybody could fill the log otherwise. */
const PEERS_TOLD_MAX = 16;

const NOT_TRUSTED = 'a proxy before the API is not trusted: all of its clients count as one address, and are limited and locked out together. Fix: add its network to api.trustedProxies if it is yours';
const NOT_READ = 'a trusted proxy before the API sends Forwarded only, which is not read: all of its clients count as one address. Fix: let it send X-Forwarded-For';

/** Tells once per peer, in the log, that an address is not what limits take it for. Whether a peer is trusted is what `trust proxy` of `app` says. */
export function forwardingWatch(app: Express, logger: Logger): RequestHandler {
  const trusts = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const told = new Set<string>();
  return (request, _response, next) => {
    const { remoteAddress: peer } = request.socket;
    const { 'x-forwarded-for': list, forwarded } = request.headers;
    if (peer !== undefined && (list !== undefined || forwarded !== undefined) && !told.has(peer) && told.size < PEERS_TOLD_MAX) {
      const trusted = trusts(peer, 0);
      if (!trusted || list === undefined) {
        told.add(peer);
        logger.warn(trusted ? NOT_READ : NOT_TRUSTED, { peer, setting: 'api.trustedProxies' });
      }
    }
    next();
  };
}
