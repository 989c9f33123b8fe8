import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** How long a key is remembered. */
export const IDEMPOTENCY_TTL_MS = 24 * 3_600_000;

/** A key as a client gave it; keys of different tenants never meet. */
export interface IdempotencyKey {
  readonly tenantId: TenantId;
  readonly key: string;
}

export interface IdempotencyClaim {
  /** Of the first request with this key. */
  readonly callId: CallId;
  /** True: the key was new, and is this request's now. */
  readonly fresh: boolean;
  /** The first request was the same as this one. */
  readonly same: boolean;
}

/** Which request a key belongs to, on all nodes. Of many that claim a key at once exactly one is `fresh`. Throws PortError `idempotency-keys/*`. */
export interface IdempotencyKeys {
  /** @param request.fingerprint equal for equal requests; it is not kept in readable form. */
  claim(key: IdempotencyKey, request: { readonly fingerprint: string; readonly callId: CallId }, signal: AbortSignal): Promise<IdempotencyClaim>;
  /** The request came to no call: the key may be used again. Only the call that has the key gives it back. */
  forget(key: IdempotencyKey, callId: CallId, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
