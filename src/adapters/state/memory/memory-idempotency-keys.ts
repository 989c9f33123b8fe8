import type { Clock } from '../../../application/ports/clock.js';
import { IDEMPOTENCY_TTL_MS, type IdempotencyClaim, type IdempotencyKey, type IdempotencyKeys } from '../../../application/ports/idempotency-keys.js';
import type { CallId } from '../../../domain/shared/ids.js';
import { notAborted } from './not-aborted.js';

/** More keys than so many: the oldest is forgotten before its time. At one call a second that is over a day. */
const KEYS_MAX = 100_000;

interface Entry {
  readonly callId: CallId;
  readonly fingerprint: string;
  readonly endsAtMs: number;
}

/** Keys of one process; they are forgotten with it, as its calls are. */
export class MemoryIdempotencyKeys implements IdempotencyKeys {
  /** Oldest first: all live equally long. */
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  async claim(key: IdempotencyKey, { fingerprint, callId }: { readonly fingerprint: string; readonly callId: CallId }, signal: AbortSignal): Promise<IdempotencyClaim> {
    await notAborted('idempotency-keys', signal);
    this.forgetOld();
    const known = this.entries.get(nameOf(key));
    if (known !== undefined) return { callId: known.callId, fresh: false, same: known.fingerprint === fingerprint };
    this.entries.set(nameOf(key), { callId, fingerprint, endsAtMs: this.clock.nowMs() + IDEMPOTENCY_TTL_MS });
    return { callId, fresh: true, same: true };
  }

  async forget(key: IdempotencyKey, callId: CallId, signal: AbortSignal): Promise<void> {
    await notAborted('idempotency-keys', signal);
    if (this.entries.get(nameOf(key))?.callId === callId) this.entries.delete(nameOf(key));
  }

  close(): Promise<void> {
    this.entries.clear();
    return Promise.resolve();
  }

  private forgetOld(): void {
    for (const [name, { endsAtMs }] of this.entries) {
      if (endsAtMs > this.clock.nowMs() && this.entries.size < KEYS_MAX) return;
      this.entries.delete(name);
    }
  }
}

/** Ids of tenants have no space. */
function nameOf({ tenantId, key }: IdempotencyKey): string {
  return `${tenantId} ${key}`;
}
