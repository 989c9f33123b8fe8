import type { Request } from 'express';
import type { z } from 'zod';
import { type Identity, may, scopeOf } from '../../../domain/access/identity.js';
import { TENANT_ID, type TenantId, tenantId } from '../../../domain/shared/ids.js';
import { Problem } from '../problem.js';
import type { Asked, Operation } from './operation.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/u;
/** Of whichever feed told it; what it is to mean is for the feed to say, and a stranger's is only too old. */
const LAST_EVENT_ID = /^[\x21-\x7e]{1,128}$/u;
const ENTITY_TAG = /^"[\x21\x23-\x7e]{1,128}"$/u;
const ANYTHING = /^\*$/u;
const FAULTS_TOLD_MAX = 20;
/** Operations without a tenant are never given one that could be anybody's. */
const NOBODY = tenantId('');

/**
 * Rights first, then whose it is, then what is asked: who may not do a thing learns nothing else about it.
 *
 * @throws Problem
 */
export function askedOf(operation: Operation, request: Request, identity: Identity | null, moment: { readonly at: string; readonly signal: AbortSignal }): Asked<unknown, unknown, unknown> {
  const { permission, params, query, body } = operation;
  if (permission !== 'public') {
    if (identity === null) throw new Problem('unauthenticated');
    if (!may(identity, permission)) throw new Problem('forbidden', { detail: `The role ${identity.role} may not do this; it needs ${permission}.` });
  }
  const owner = operation.scope === 'tenant' ? ownerOf(request, identity) : NOBODY;
  return {
    identity, tenantId: owner, ...moment,
    params: checked('path', params, request.params), query: checked('query', query, withoutScope(operation, request.query)),
    body: body === null ? undefined : checked('body', body, request.body),
    expected: expectedOf(operation, request),
    idempotencyKey: header(request, 'idempotency-key', IDEMPOTENCY_KEY), lastEventId: header(request, 'last-event-id', LAST_EVENT_ID),
  };
}

function ownerOf(request: Request, identity: Identity | null): TenantId {
  if (identity === null) throw new Problem('unauthenticated');
  const named = request.params['tenantId'] ?? request.query['tenant'];
  if (named !== undefined && typeof named !== 'string') throw new Problem('invalid-request', { faults: [{ at: 'query.tenant', message: 'one id' }] });
  const scope = scopeOf(identity, named === undefined ? null : tenantId(named));
  if (scope === 'unnamed') throw new Problem('invalid-request', { faults: [{ at: 'query.tenant', message: 'say whose: this token is for all tenants' }] });
  // Whoever is for all tenants names one freely: what cannot be a tenant gets into no key, path or trail.
  if (scope === 'foreign' || !TENANT_ID.test(scope)) throw new Problem('not-found');
  return scope;
}

/** `tenant` and `ticket` are every operation's; the rest is its own, and nothing else is taken. */
function withoutScope(operation: Operation, query: Request['query']): unknown {
  const shared = ['ticket', ...(operation.scope === 'tenant' ? ['tenant'] : [])];
  return Object.fromEntries(Object.entries(query).filter(([name]) => !shared.includes(name)));
}

function checked(where: string, schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw new Problem('invalid-request', {
    faults: result.error.issues.slice(0, FAULTS_TOLD_MAX).map(({ path, message }) => ({ at: [where, ...path.map(String)].join('.'), message })),
  });
}

/** `If-Match: *` would be leave to overwrite what nobody has seen. Weak tags never match (RFC 9110 13.1.1). */
function expectedOf({ conditional }: Operation, request: Request): { readonly version: string } | 'absent' | null {
  if (conditional !== true) return null;
  const [match, none] = [header(request, 'if-match', ENTITY_TAG), header(request, 'if-none-match', ANYTHING)];
  if (match !== null && none !== null) throw new Problem('invalid-request', { faults: [{ at: 'header.if-match', message: 'one of If-Match and If-None-Match' }] });
  if (match !== null) return { version: match.slice(1, -1) };
  if (none !== null) return 'absent';
  throw new Problem('precondition-required');
}

function header(request: Request, name: string, form: RegExp): string | null {
  const value = request.get(name);
  if (value === undefined || value === '') return null;
  if (!form.test(value)) throw new Problem('invalid-request', { faults: [{ at: `header.${name}`, message: `has to match ${form.source}` }] });
  return value;
}
