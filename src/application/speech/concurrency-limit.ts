/** How much may be held at one time; Infinity: any number. */
export interface Concurrency {
  readonly max: number;
  readonly perTenantMax: number;
}

/** A place that was taken. Whoever took it gives it back, whatever became of what it was taken for. */
export interface Permit {
  /** Idempotent. */
  release(): void;
}

/** Which bound was met: that of the account, or that of one tenant in it. */
export type LimitReached = 'account' | 'tenant';

/** Places as one tenant sees them. */
export interface Permits {
  readonly tenantId: string;
  /** Null: there is a place now. */
  readonly reached: LimitReached | null;
  take(): Permit | LimitReached;
}

/**
 * Streams, or requests, that all calls of this process hold at one provider account: in all and for each tenant. Nobody waits for a place:
 * who finds none goes elsewhere.
 */
export class ConcurrencyLimit {
  private held = 0;
  /** Tenants that hold something. */
  private readonly heldBy = new Map<string, number>();

  constructor(private readonly limits: Concurrency = { max: Infinity, perTenantMax: Infinity }) {}

  /** `max`: what the tenant allows itself, on top of what the account allows each. */
  forTenant(tenantId: string, max = Infinity): Permits {
    const tenantMax = Math.min(max, this.limits.perTenantMax);
    const reached = (): LimitReached | null => {
      if (this.held >= this.limits.max) return 'account';
      return (this.heldBy.get(tenantId) ?? 0) >= tenantMax ? 'tenant' : null;
    };
    return { tenantId, get reached() { return reached(); }, take: () => reached() ?? this.give(tenantId) };
  }

  private give(tenantId: string): Permit {
    this.count(tenantId, 1);
    let open = true;
    return {
      release: () => {
        if (open) this.count(tenantId, -1);
        open = false;
      },
    };
  }

  private count(tenantId: string, by: 1 | -1): void {
    const ofTenant = (this.heldBy.get(tenantId) ?? 0) + by;
    this.held += by;
    if (ofTenant === 0) this.heldBy.delete(tenantId);
    else this.heldBy.set(tenantId, ofTenant);
  }
}
