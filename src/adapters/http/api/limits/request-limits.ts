import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import type { Clock } from '../../../../application/ports/clock.js';
import type { Logger } from '../../../../application/ports/logger.js';
import type { Metrics } from '../../../../application/ports/metrics.js';
import type { Identity } from '../../../../domain/access/identity.js';
import { Problem } from '../../problem.js';
import type { Operation } from '../operation.js';
import { factsOf } from '../request-facts.js';
import { LocalCounters, type SendCommand, SharedCounters, WINDOW_MS } from './request-counters.js';

/** What costs money per request is not done while nobody can tell how often it was. */
const CLOSED_UNCOUNTED: readonly string[] = ['placeCall'];
/**
 * So many times more failed logins are allowed to an address than to one token of it: behind a proxy that is not trusted, or one
 * gateway of an office, an address is many clients, and a client that repeats what is not valid is to lock out itself alone.
 */
export const TOKENS_OF_ADDRESS = 10;
/** Who has a network of IPv6 has this many bits of addresses to choose from. */
const IPV6_SUBNET_BITS = 56;

export interface RequestRates {
  /** All requests, and those of them that change something. Of a tenant; of each subject for `platform`. */
  readonly tenantRequestsPerMinute: number;
  readonly tenantWritesPerMinute: number;
  /** Of an address (IPv6: of its /56), before it is known whose they are. */
  readonly addressRequestsPerMinute: number;
  /** Of one token (or of none) at an address: so many answers with 401, then it is not looked at for the rest of the minute. Of an address: `TOKENS_OF_ADDRESS` times as many, then nothing of it is looked at. */
  readonly failedLoginsPerMinute: number;
}

export interface RequestLimitsOptions {
  readonly rates: RequestRates;
  /** Null: there is one node, and it counts alone. */
  readonly shared: { readonly send: SendCommand; readonly prefix: string } | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const LIMITS = ['address', 'requests', 'writes', 'logins', 'streams'] as const;
/** Also the reason of the refusal. */
type LimitName = typeof LIMITS[number];

/** Whether the reason of a problem is that somebody asked too often. */
export function isLimit(reason: string | undefined): boolean {
  return LIMITS.some((limit) => limit === reason);
}

/** How often clients may ask. Tells them with every answer (draft-ietf-httpapi-ratelimit-headers-08), and with 429 when to come back. */
export class RequestLimits {
  readonly byAddress: RequestHandler;
  private readonly requests: RequestHandler;
  private readonly writes: RequestHandler;
  /** The same counters, closed while Redis is away. */
  private readonly costly: readonly RequestHandler[];
  private readonly failures: Store;

  constructor(private readonly options: RequestLimitsOptions) {
    const { addressRequestsPerMinute, tenantRequestsPerMinute, tenantWritesPerMinute } = options.rates;
    const limits = { requests: tenantRequestsPerMinute, writes: tenantWritesPerMinute };
    const client = (request: Request): string => clientOf(factsOf(request).identity);
    this.byAddress = this.limiter('address', addressRequestsPerMinute, { key: addressOf, open: true });
    this.requests = this.limiter('requests', limits.requests, { key: client, open: true });
    this.writes = this.limiter('writes', limits.writes, { key: client, open: true });
    this.costly = options.shared === null ? [this.requests, this.writes]
      : (['requests', 'writes'] as const).map((name) => this.limiter(name, limits[name], { key: client, open: false }));
    this.failures = this.counters('logins', true);
  }

  /** For those who are known. */
  byTenant(operation: Operation): readonly RequestHandler[] {
    if (operation.permission === 'public') return [];
    if (CLOSED_UNCOUNTED.includes(operation.id)) return this.costly;
    return operation.method === 'get' ? [this.requests] : [this.requests, this.writes];
  }

  /** Before somebody is asked who he is. @throws Problem `too-many-requests`. */
  async admitLogin(request: Request): Promise<void> {
    const counts = await Promise.all(this.loginLimits(request).map(async ({ key, limit }) => ({ limit, info: await this.failures.get?.(key) })));
    for (const { limit, info } of counts) if ((info?.totalHits ?? 0) >= limit) throw this.tooMany('logins', info?.resetTime);
  }

  /** He was not to be believed. @throws Problem `too-many-requests` when many who came at once were not. */
  async countFailedLogin(request: Request): Promise<void> {
    const counts = await Promise.all(this.loginLimits(request).map(async ({ key, limit }) => ({ limit, info: await this.failures.increment(key) })));
    for (const { limit, info } of counts) if (info.totalHits > limit) throw this.tooMany('logins', info.resetTime);
  }

  private loginLimits(request: Request): readonly { readonly key: string; readonly limit: number }[] {
    const { failedLoginsPerMinute: limit } = this.options.rates;
    const address = addressOf(request);
    return [{ key: `${address}|${credentialOf(request)}`, limit }, { key: address, limit: limit * TOKENS_OF_ADDRESS }];
  }

  private limiter(name: LimitName, limit: number, { key, open }: { readonly key: (request: Request) => string; readonly open: boolean }): RequestHandler {
    return rateLimit({
      windowMs: WINDOW_MS, limit, identifier: name, standardHeaders: 'draft-8', legacyHeaders: false, validate: false,
      keyGenerator: key, store: this.counters(name, open),
      handler: (_request, _response, next) => { next(this.tooMany(name)); }, // Retry-After is set by then
    });
  }

  /** `open`: while Redis is away this node counts alone; else nothing is let through. */
  private counters(name: LimitName, open: boolean): Store {
    const { shared, clock, logger } = this.options;
    if (shared === null) return new LocalCounters(clock);
    return new SharedCounters({ send: shared.send, prefix: `${shared.prefix}${name}:`, meanwhile: open ? new LocalCounters(clock) : null, clock, logger });
  }

  private tooMany(name: LimitName, resetTime?: Date): Problem {
    const { clock, metrics } = this.options;
    metrics.count('api_limited_total', { limit: name });
    const detail = name === 'logins' ? 'This token, or too many from this address, was not valid too often.' : `More than the limit "${name}" allows in a minute.`;
    return new Problem('too-many-requests', { detail, reason: name, ...(resetTime === undefined ? {} : { retryAfterMs: Math.max(0, resetTime.getTime() - Date.parse(clock.wallTime())) }) });
  }
}

/** Who is counted: whoever is known by what he is, others by where they are. */
export function countedAs(request: Request): string {
  const { identity } = factsOf(request);
  return identity === null ? `address:${addressOf(request)}` : clientOf(identity);
}

/** A proxy's word counts only where configuration trusts it: express has looked at that. */
function addressOf({ ip }: Request): string {
  return ip === undefined ? 'gone' : ipKeyGenerator(ip, IPV6_SUBNET_BITS);
}

/** What somebody shows, as a digest: nobody who reads counters learns a token. */
function credentialOf({ headers: { authorization }, query: { ticket } }: Request): string {
  const shown = authorization ?? (typeof ticket === 'string' ? ticket : '');
  return createHash('sha256').update(shown).digest('base64url');
}

function clientOf(identity: Identity | null): string {
  if (identity === null) return 'nobody';
  return identity.tenantId === null ? `platform:${identity.subject}` : `tenant:${identity.tenantId}`;
}
