import type { Clock } from '../../../application/ports/clock.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { CallId } from '../../../domain/shared/ids.js';

interface Page {
  /** Fence → sequence of the last event that was stored under it. */
  readonly last: Map<number, number>;
  expiresAtMs: number;
}

export interface MemoryLedgerOptions {
  readonly clock: Clock;
  readonly callsMax: number;
  readonly ttlMs: number;
}

/** Which events of a call are stored already, by each of its owners, so that none is stored twice. */
export class MemoryLedger {
  /** In the order of writes. */
  private readonly pages = new Map<CallId, Page>();

  constructor(private readonly options: MemoryLedgerOptions) {}

  lastOf(callId: CallId, fence: number): number {
    this.expire();
    return this.pages.get(callId)?.last.get(fence) ?? 0;
  }

  enter(callId: CallId, fence: number, events: readonly DomainEvent[]): void {
    const sequence = events.at(-1)?.sequence;
    if (sequence === undefined) return;
    const page = this.pages.get(callId) ?? { last: new Map<number, number>(), expiresAtMs: 0 };
    page.last.set(fence, sequence);
    page.expiresAtMs = this.options.clock.nowMs() + this.options.ttlMs;
    this.pages.delete(callId);
    this.pages.set(callId, page);
  }

  clear(): void {
    this.pages.clear();
  }

  private expire(): void {
    const nowMs = this.options.clock.nowMs();
    for (const [callId, { expiresAtMs }] of this.pages) {
      if (expiresAtMs > nowMs && this.pages.size <= this.options.callsMax) return;
      this.pages.delete(callId);
    }
  }
}
