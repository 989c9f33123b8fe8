import express, { type ErrorRequestHandler, type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import type { Application } from '../../../application/application.js';
import type { AuditTrail } from '../../../application/ports/audit-trail.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { IdSource } from '../../../application/ports/id-source.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import { Problem, PROBLEMS, sendProblem } from '../problem.js';
import { answerWith } from './answer.js';
import type { OpenStreams } from './event-stream.js';
import { askedOf } from './asked.js';
import type { Authenticator } from './authenticator.js';
import { countedAs, isLimit, type RequestLimits } from './limits/request-limits.js';
import { StreamPlaces } from './limits/stream-places.js';
import type { AuditFacts, Operation } from './operation.js';
import { problemOf, UNAVAILABLE_RETRY_MS } from './problem-of.js';
import { begin, factsOf } from './request-facts.js';
import { RequestTime } from './request-time.js';

const BODY_BYTES_MAX = 256 * 1024;
/** What was done is written down though its client has gone. */
const AUDIT_MS_MAX = 10_000;

/** What is between the client and the operations. */
export interface ApiPorts {
  readonly application: Application;
  readonly authenticator: Authenticator;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** End with the server. */
  readonly streams: OpenStreams;
  /** Before anybody is known: by address. Then by tenant. */
  readonly limits: Pick<RequestLimits, 'byAddress' | 'byTenant' | 'admitLogin' | 'countFailedLogin'>;
}

/** Serves operations, each the same way: who, how often, may he, is it well formed; then the act, the audit trail, the answer. `pages` are anybody's, as often as an address may ask. */
export function apiRouter(operations: readonly Operation[], ports: ApiPorts, pages: Router = Router()): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use((request, response, next) => {
    const requestId = ports.ids.next();
    begin(request, { requestId, startedAtMs: ports.clock.nowMs(), time: new RequestTime(response, ports.clock), identity: null, tenantId: null, operation: null, named: '', audited: false });
    response.set('X-Request-Id', requestId);
    next();
  });
  router.use(ports.limits.byAddress);
  router.use(pages);
  const places = new StreamPlaces(ports.metrics);
  const body = express.json({ limit: BODY_BYTES_MAX, strict: true, type: 'application/json' });
  for (const operation of operations) {
    router[operation.method](operation.path.replace(/\{(\w+)\}/gu, ':$1'), known(operation), identified(operation, ports), ...ports.limits.byTenant(operation), ...(operation.body === null ? [] : [jsonOnly, body]), served(operation, ports, places));
  }
  for (const [path, methods] of methodsByPath(operations)) {
    router.all(path, (_request, response) => {
      response.set('Allow', methods.join(', '));
      throw new Problem('method-not-allowed');
    });
  }
  router.use(() => { throw new Problem('not-found'); });
  router.use(failure(ports));
  return router;
}

function methodsByPath(operations: readonly Operation[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of operations) {
    const pattern = path.replace(/\{(\w+)\}/gu, ':$1');
    methods.set(pattern, [...methods.get(pattern) ?? [], method.toUpperCase(), ...(method === 'get' ? ['HEAD'] : [])]);
  }
  return methods;
}

function known(operation: Operation): RequestHandler {
  return (request, _response, next) => {
    const facts = factsOf(request);
    facts.operation = operation;
    const named = Object.values(request.params).at(-1); // when something fails, Express has put the parameters away
    facts.named = typeof named === 'string' ? named : '';
    next();
  };
}

/** Streams may take a ticket in place of a token; nothing else may. */
function identified(operation: Operation, { authenticator, limits }: ApiPorts): RequestHandler {
  return async (request, _response, next) => {
    if (operation.permission !== 'public') {
      await limits.admitLogin(request);
      try {
        factsOf(request).identity = await authenticator.identify(request, { ticket: operation.takesTicket === true }, factsOf(request).time.signal);
      } catch (error) {
        if (error instanceof Problem && error.code === 'unauthenticated') await limits.countFailedLogin(request);
        throw error;
      }
    }
    next();
  };
}

function jsonOnly(request: Request, _response: Response, next: NextFunction): void {
  const empty = request.get('content-length') === '0'; // fetch says so of no body at all
  if (!empty && request.is('application/json') === false) throw new Problem('unsupported-media-type');
  next();
}

function served(operation: Operation, ports: ApiPorts, places: StreamPlaces): RequestHandler {
  return async (request, response) => {
    const facts = factsOf(request);
    const streams = operation.answer.kind === 'events' || operation.answer.kind === 'download';
    if (streams) facts.time.extend();
    const asked = askedOf(operation, request, facts.identity, { at: ports.clock.wallTime(), signal: facts.time.signal });
    facts.tenantId = operation.scope === 'tenant' ? asked.tenantId : facts.identity?.tenantId ?? null;
    if (operation.audited && !ports.audit.ready) throw new Problem('unavailable', { detail: 'The audit trail cannot be written; nothing was done.', retryAfterMs: UNAVAILABLE_RETRY_MS });
    if (streams) places.take(countedAs(request), response);
    const finish = await answerWith(operation, { asked, application: ports.application, request, response, clock: ports.clock, logger: ports.logger, streams: ports.streams });
    facts.tenantId ??= finish.tenantId ?? null;
    await record(ports, request, { outcome: 'done', code: String(operation.answer.status), subject: finish.subject, facts: finish.audit });
    await finish.send();
    observe(ports, request, operation.answer.status);
  };
}

interface AuditedOutcome {
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly code: string;
  readonly subject: string | undefined;
  readonly facts?: AuditFacts | undefined;
}

/** Whoever has a link: the trail has who made it. */
const ANYBODY = { subject: 'whoever-has-the-link', role: 'system' } as const;

/** Kept once per request, before the client is told: what somebody may take for done is in the trail. */
async function record({ audit }: ApiPorts, request: Request, { outcome, code, subject, facts: more }: AuditedOutcome): Promise<void> {
  const facts = factsOf(request);
  const { operation, identity, tenantId, requestId } = facts;
  if (operation === null || !operation.audited || facts.audited) return;
  // Where nobody has to be known: what strangers try in vain is not kept, they could fill the disk with it.
  if (identity === null && (operation.permission !== 'public' || outcome !== 'done')) return;
  facts.audited = true;
  const actor = identity === null ? ANYBODY : { subject: identity.subject, role: identity.role };
  await audit.record({
    actor, tenantId: tenantId ?? identity?.tenantId ?? null, act: operation.id, subject: subject ?? facts.named, outcome, code, requestId, ...more,
  }, AbortSignal.timeout(AUDIT_MS_MAX));
}

function observe({ clock, metrics }: ApiPorts, request: Request, status: number): void {
  const { operation, startedAtMs } = factsOf(request);
  metrics.observe('api_request_seconds', (clock.nowMs() - startedAtMs) / 1000, { operation: operation?.id ?? 'none', status: String(status) });
}

/** Express tells error handlers by their four parameters. */
function failure(ports: ApiPorts): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    const facts = factsOf(request);
    const { code, more } = problemOf(error);
    const { status } = PROBLEMS[code];
    // What failed because nobody waits for it any more is no fault of ours.
    const gone = response.destroyed && status >= 500;
    const told = { operation: facts.operation?.id ?? 'none', requestId: facts.requestId, code, reason: more.reason };
    if (gone) ports.logger.info('api request given up: the client has gone', told);
    else complain(ports.logger, told, { status, error });
    observe(ports, request, status);
    try {
      // Turned away before anybody looked at what it asks: counted in the metrics. A trail that kept each could be filled by asking.
      if (!isLimit(more.reason)) await record(ports, request, { outcome: status >= 500 ? 'failed' : 'refused', code: gone ? 'client-gone' : more.reason ?? code, subject: undefined });
    } catch (fault) {
      ports.logger.error('an act is missing in the audit trail', told, fault);
    }
    if (response.headersSent) { next(error); return; }
    if (code === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer realm="voice-gateway"');
    sendProblem(response, code, { ...more, requestId: facts.requestId });
  };
}

function complain(logger: Logger, told: Readonly<Record<string, string | undefined>>, { status, error }: { readonly status: number; readonly error: unknown }): void {
  if (status === 500) logger.error('api request failed', told, error);
  else if (status === 503) logger.warn('api request could not be answered', told, error instanceof Problem ? undefined : error); // of ours `told` says all
}
