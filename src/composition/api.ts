import type { HttpListener } from '../adapters/http/http-listener.js';
import type { DevelopmentIssuer } from '../adapters/identity/development-issuer.js';
import type { JwksKeyRing } from '../adapters/identity/jwks-key-ring.js';
import type { ClaimRules } from '../adapters/identity/token-claims.js';
import type { Application, DependencyHealth } from '../application/application.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import type { AuditTrail } from '../application/ports/audit-trail.js';
import type { Config } from '../config/gateway-schema.js';
import { developmentIssuer } from './development-token.js';
import { listenerTls } from './listener-tls.js';
import type { Runtime } from './runtime.js';
import type { State } from './state.js';

export interface Api {
  readonly port: number;
  /** Null: whose tokens are believed is known here. */
  readonly health: (() => DependencyHealth) | null;
  close(): Promise<void>;
}

export interface ApiNeeds {
  readonly application: Application;
  readonly state: Pick<State, 'tickets' | 'requestCounts'>;
  /** Stays the caller's to close. */
  readonly audit: AuditTrail;
}

/** The management API, or null when nothing says whose tokens it is to believe. */
export async function openApi(config: Config, runtime: Runtime, { application, state, audit }: ApiNeeds, signal: AbortSignal): Promise<Api | null> {
  const { api } = config;
  const { clock, ids, log: logger, metrics } = runtime;
  if (api.jwksUrl === null && !api.development) {
    logger.info('the management API is off: neither api.jwksUrl nor api.development is set');
    return null;
  }
  const { Authenticator, JwtTokenVerifier, RequestLimits, openApiServer } = await apiAdapters();
  const owned = new CloseStack();
  const keys = await openKeys(config, runtime);
  const verifier = new JwtTokenVerifier({ keys: keys.source, rules: keys.rules, clock, metrics });
  owned.defer('token verifier', () => verifier.close());
  const server: HttpListener = await owned.orClose(openApiServer({
    host: api.host, port: api.port, tls: listenerTls(api.tls), trustedProxies: api.trustedProxies, application, clock, ids, logger, metrics,
    authenticator: new Authenticator(verifier, state.tickets), audit,
    limits: new RequestLimits({ rates: api.limits, shared: state.requestCounts, clock, logger, metrics }),
  }, signal));
  owned.defer('management api', () => server.close());
  logger.info('management API open', { url: server.url });
  return { port: server.port, health: keys.health, close: () => owned.close() };
}

interface Keys {
  readonly source: JwksKeyRing | DevelopmentIssuer;
  readonly rules: ClaimRules;
  readonly health: (() => DependencyHealth) | null;
}

async function openKeys(config: Config, { clock, log: logger, metrics }: Runtime): Promise<Keys> {
  const { jwksUrl, issuer, audience, tenantClaim, roleClaim, tokenLifetimeMsMax: lifetimeMsMax, developmentDirectory } = config.api;
  if (jwksUrl === null) {
    logger.warn('tokens made on this machine are believed (api.development): whoever reads their key may do everything', { directory: developmentDirectory });
    const { source, rules } = await developmentIssuer(config);
    return { source, rules, health: null };
  }
  const { JwksKeyRing } = await import('../adapters/identity/jwks-key-ring.js');
  const source = new JwksKeyRing({ url: jwksUrl, clock, logger, metrics });
  void source.refresh(); // nobody waits for it: the issuer may come later
  return {
    source, rules: { issuer: issuer ?? '', audience, tenantClaim, roleClaim, lifetimeMsMax }, // configuration makes sure of the issuer
    health: () => ({ name: 'token-issuer', ready: source.ready, required: false, detail: source.ready ? 'keys known' : 'keys cannot be had' }),
  };
}

/** Loaded when needed: gateways without the API know no tokens and no Express. */
async function apiAdapters() {
  const [authenticator, verifier, limits, server] = await Promise.all([
    import('../adapters/http/api/authenticator.js'), import('../adapters/identity/jwt-token-verifier.js'),
    import('../adapters/http/api/limits/request-limits.js'), import('../adapters/http/api/api-server.js'),
  ]);
  return { ...authenticator, ...verifier, ...limits, ...server };
}
