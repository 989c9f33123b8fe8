import type { Request } from 'express';
import type { Identity } from '../../../domain/access/identity.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import type { Operation } from './operation.js';
import type { RequestTime } from './request-time.js';

/** What is known of a request under way. */
export interface RequestFacts {
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly time: RequestTime;
  identity: Identity | null;
  /** Whose things were asked for; null until that is decided. */
  tenantId: TenantId | null;
  operation: Operation | null;
  /** Last parameter of the path, as it was sent: what an act was meant for, also when it is refused. */
  named: string;
  audited: boolean;
}

const FACTS = new WeakMap<Request, RequestFacts>();

export function factsOf(request: Request): RequestFacts {
  const facts = FACTS.get(request);
  if (facts === undefined) throw new Error('a request that did not come in by the router');
  return facts;
}

export function begin(request: Request, facts: RequestFacts): void {
  FACTS.set(request, facts);
}
