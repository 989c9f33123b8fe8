import type { Clock } from '../../../src/application/ports/clock.js';
import type { Outbox, OutboxEntry } from '../../../src/application/ports/outbox.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';

/** An outbox that several relays of one test share, and that can be away. */
export class MemoryOutbox implements Outbox {
  private entries: OutboxEntry[] = [];
  private made = 0;
  private leader: { readonly holder: string; readonly untilMs: number } | null = null;
  away = false;
  reads = 0;

  constructor(private readonly clock: Clock) {}

  add(...events: readonly DomainEvent[]): void {
    for (const event of events) {
      this.made += 1;
      this.entries.push({ position: String(this.made).padStart(10, '0'), event });
    }
  }

  get waiting(): readonly DomainEvent[] {
    return this.entries.map(({ event }) => event);
  }

  get holder(): string | null {
    return this.leader !== null && this.leader.untilMs > this.clock.nowMs() ? this.leader.holder : null;
  }

  lead(holder: string, ttlMs: number, signal: AbortSignal): Promise<boolean> {
    return this.reached(signal, () => {
      if (this.holder !== null && this.holder !== holder) return false;
      this.leader = { holder, untilMs: this.clock.nowMs() + ttlMs };
      return true;
    });
  }

  resign(holder: string, signal: AbortSignal): Promise<void> {
    return this.reached(signal, () => { if (this.holder === holder) this.leader = null; });
  }

  read(holder: string, limit: number, signal: AbortSignal): Promise<readonly OutboxEntry[]> {
    return this.reached(signal, () => {
      if (this.holder !== holder) throw new PortError('another leads', { code: 'outbox/not-leading', kind: 'rejected' });
      this.reads += 1;
      return this.entries.slice(0, limit);
    });
  }

  remove(positions: readonly string[], signal: AbortSignal): Promise<void> {
    return this.reached(signal, () => { this.entries = this.entries.filter(({ position }) => !positions.includes(position)); });
  }

  depth(signal: AbortSignal): Promise<number> {
    return this.reached(signal, () => this.entries.length);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async reached<Result>(signal: AbortSignal, act: () => Result): Promise<Result> {
    await Promise.resolve();
    if (this.away || signal.aborted) throw new PortError('the outbox is away', { code: 'outbox/unavailable', kind: 'unavailable' });
    return act();
  }
}
