import type { CallOrder, OrderOutcome } from '../../domain/call/call-order.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import type { Metrics } from '../ports/metrics.js';

/** What the registry must know of a live call. */
export interface LiveCall {
  readonly callId: CallId;
  readonly tenantId: TenantId;
  /** Say goodbye and end. */
  windUp(): void;
  /** Does what somebody outside asks of it. Never rejects. */
  obey(order: CallOrder): Promise<OrderOutcome>;
  /** Under which this node has it. */
  readonly fence: number;
  /** Another node has it: stop at once, leave the caller alone, tell nothing more. Idempotent. */
  letGo(): void;
  /** Another node has it, as far as this one knows: what it holds in shared state is that one's. */
  readonly taken: boolean;
  /** End at once. */
  abort(): Promise<void>;
  /** Resolves when everything of the call is released. Never rejects. */
  readonly finished: Promise<void>;
}

export type AdmissionRefusal = 'draining' | 'node_limit' | 'tenant_limit' | 'overloaded';

/** The live calls of this node: admission before answering, and drain. */
export class CallRegistry {
  private readonly calls = new Map<CallId, LiveCall>();
  /** Places taken for calls that are being decided on, by tenant. */
  private readonly held = new Map<TenantId, number>();
  /** Offers, and calls of other nodes, that may become calls of ours; each resolves when that is decided. */
  private readonly decisions = new Set<Promise<void>>();
  private draining = false;
  private aborting = false;

  constructor(private readonly callsMax: number, private readonly metrics: Metrics) {}

  get size(): number {
    return this.calls.size;
  }

  get accepting(): boolean {
    return !this.draining;
  }

  /** Null when one more call of the tenant may be answered. */
  refusal(tenantId: TenantId, tenantCallsMax: number): AdmissionRefusal | null {
    if (this.draining) return 'draining';
    const held = [...this.held.values()].reduce((sum, count) => sum + count, 0);
    if (this.calls.size + held >= this.callsMax) return 'node_limit';
    const ofTenant = [...this.calls.values()].filter((call) => call.tenantId === tenantId).length + (this.held.get(tenantId) ?? 0);
    return ofTenant >= tenantCallsMax ? 'tenant_limit' : null;
  }

  /** Takes a place until the returned function is called, once: the call is registered then, or was not answered. */
  hold(tenantId: TenantId): () => void {
    this.held.set(tenantId, (this.held.get(tenantId) ?? 0) + 1);
    return () => {
      const left = (this.held.get(tenantId) ?? 0) - 1;
      if (left > 0) this.held.set(tenantId, left); else this.held.delete(tenantId);
    };
  }

  /** A drain waits until the returned function is called, once: the call is registered then, or it is none of ours. */
  decide(): () => void {
    let resolve: () => void = () => undefined;
    const decision = new Promise<void>((decided) => { resolve = decided; });
    this.decisions.add(decision);
    return () => { this.decisions.delete(decision); resolve(); };
  }

  /**
   * Asks nobody: a call that was adopted lives, and is kept even past the limit of the node or its tenant. It counts, so that no new
   * one is taken until there is room again.
   */
  add(call: LiveCall): void {
    this.calls.set(call.callId, call);
    this.metrics.gauge('calls_active', this.calls.size);
    void call.finished.then(() => {
      this.calls.delete(call.callId);
      this.metrics.gauge('calls_active', this.calls.size);
    });
    if (this.aborting) void call.abort();
  }

  find(callId: CallId): LiveCall | undefined {
    return this.calls.get(callId);
  }

  has(callId: CallId): boolean {
    return this.calls.has(callId);
  }

  /** A call of ours that another node has by now (its fence is higher) is let go. */
  compare({ callId, fence }: { readonly callId: CallId; readonly fence: number }): void {
    const call = this.calls.get(callId);
    if (call !== undefined && fence > call.fence) call.letGo();
  }

  list(): readonly LiveCall[] {
    return [...this.calls.values()];
  }

  /** No new calls from now on; resolves when what is being decided on is, and the last call is over. */
  async drain(): Promise<void> {
    this.draining = true;
    while (this.calls.size + this.decisions.size > 0) await Promise.all([...this.decisions, ...this.list().map((call) => call.finished)]);
  }

  windUpAll(): void {
    for (const call of this.calls.values()) call.windUp();
  }

  /** Also those that are being decided on. */
  async abortAll(): Promise<void> {
    this.aborting = true;
    for (const call of this.list()) void call.abort();
    await this.drain();
  }
}
