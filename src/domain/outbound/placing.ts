import type { CallRecord } from '../call/call.js';
import type { AgentId, CallId, TenantId } from '../shared/ids.js';
import type { QuotaRefusal } from './outbound-settings.js';

/** A call that somebody wants to be placed. */
export interface PlacingRequest {
  readonly tenantId: TenantId;
  readonly agentId: AgentId;
  /** As people write it: with + and country, or, where the tenant has a home country, as dialled there. */
  readonly to: string;
  /** One of the tenant's numbers. Missing: the agent's first, else the tenant's first. */
  readonly from?: string;
  /** 1 to 200 characters. The same key with the same request gives the same call for 24 h. */
  readonly idempotencyKey?: string;
  /** 5 to 120 seconds; missing: 30. */
  readonly ringTimeoutMs?: number;
  /** At most 20 short texts; kept with the call, card numbers hidden. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Why a call was not placed. Stable: clients match on it. */
export type PlacingRefusalCode =
  | 'draining' | 'node_limit' | 'tenant_limit' | 'overloaded' // as for calls that come in
  | 'unknown-tenant' | 'unknown-agent' | 'caller-number-not-owned' | 'request-invalid' | 'agent-not-able'
  | 'number-invalid' | 'number-unknown-kind' | 'destination-not-allowed'
  | QuotaRefusal
  | 'idempotency-conflict' // the key belongs to another request
  | 'outcome-unknown' // it was dialled without an answer, or the first request with this key was, or is under way, or its node has died, or its call is over for longer than calls are remembered here
  | 'unreachable'; // there is no way to this number: no trunk that takes it

export interface PlacingRefusal {
  readonly refused: PlacingRefusalCode;
  /** More than the code says; of a destination, which rule. No number. */
  readonly detail: string | null;
  /** When it may be worth asking again; null: not by waiting. */
  readonly retryAfterMs: number | null;
  /** Of `outcome-unknown`: the call that the (first) request was for; perhaps there is a record of it somewhere else. */
  readonly callId: CallId | null;
}

export interface Placed {
  /** As it is now: it rings, or more. */
  readonly call: CallRecord;
  /** True: an earlier request with this key has placed it. */
  readonly repeated: boolean;
}

/** The call rings at `Placed`; whether it is answered is told by its events. */
export type Placing = Placed | PlacingRefusal;

export function refusal(refused: PlacingRefusalCode, more: Partial<Omit<PlacingRefusal, 'refused'>> = {}): PlacingRefusal {
  return { refused, detail: null, retryAfterMs: null, callId: null, ...more };
}

export function isPlacingRefusal(placing: Placing): placing is PlacingRefusal {
  return 'refused' in placing;
}
