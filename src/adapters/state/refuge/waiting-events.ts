import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { CallId } from '../../../domain/shared/ids.js';

/** One event and the fence of the owner who tells of it. */
export interface WaitingEvent {
  readonly fence: number;
  readonly event: DomainEvent;
}

/** Lines that wait on the disk, first in first out, also over restarts; synced once a second. */
export interface LineSpool {
  readonly pending: number;
  /** All or none. */
  append(lines: readonly string[]): Promise<void>;
  /** The oldest; they stay until acknowledged. */
  read(linesMax: number): Promise<readonly string[]>;
  acknowledge(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface WaitingEventsOptions {
  readonly spool: LineSpool;
  /** Events in memory; past it they go to the disk. As many again wait while the disk takes them; past that the newest is lost, counted and told. */
  readonly memoryEventsMax: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const SPOOLED_MAX = 500;

/**
 * Events that wait for shared state to come back, first in first out: in memory, and from the moment there are too many all of
 * them on the disk until that is empty again. What is on the disk is older than what is in memory, always.
 */
export class WaitingEvents {
  /** While nothing is on the disk. */
  private readonly memory: WaitingEvent[] = [];
  /** On their way to the disk. */
  private readonly leaving: WaitingEvent[] = [];
  private readonly ofCall = new Map<CallId, number>();
  private spooling: Promise<void> | null = null;
  private overflowing = false;

  constructor(private readonly options: WaitingEventsOptions) {
    this.measure();
  }

  get size(): number {
    return this.memory.length + this.options.spool.pending + this.leaving.length;
  }

  /** Of this process; what an earlier one left on the disk is nobody's any more. */
  has(callId: CallId): boolean {
    return this.ofCall.has(callId);
  }

  add(fence: number, events: readonly DomainEvent[]): void {
    for (const event of events) this.put({ fence, event });
    this.measure();
    if (this.leaving.length > 0) this.spooling ??= this.spool();
  }

  /** The oldest, at most `max`; none only when none wait. They stay until dropped. */
  async peek(max: number): Promise<readonly WaitingEvent[]> {
    if (this.memory.length > 0) return this.memory.slice(0, max);
    await this.spooling;
    if (this.options.spool.pending === 0) return this.leaving.slice(0, max); // the disk did not take them
    const lines = await this.options.spool.read(max);
    return lines.map((line) => JSON.parse(line) as WaitingEvent);
  }

  /** `done` were peeked and are where they belong. */
  async drop(done: readonly WaitingEvent[]): Promise<void> {
    const { spool } = this.options;
    await this.spooling; // they may have left for the disk since
    const inMemory = Math.min(done.length, this.memory.length);
    this.memory.splice(0, inMemory);
    const onDisk = Math.min(done.length - inMemory, spool.pending);
    if (onDisk > 0) await spool.acknowledge(onDisk);
    this.leaving.splice(0, done.length - inMemory - onDisk);
    for (const { event: { callId } } of done) this.count(callId, -1);
    this.measure();
  }

  /** What is in memory goes to the disk, for the next process. */
  async close(): Promise<void> {
    const { spool, logger, metrics } = this.options;
    await this.spooling;
    const rest = [...this.memory, ...this.leaving];
    try {
      for (let from = 0; from < rest.length; from += SPOOLED_MAX) await spool.append(rest.slice(from, from + SPOOLED_MAX).map(lineOf));
    } catch (error) {
      metrics.count('events_lost_total', { reason: 'not-stored' }, rest.length);
      logger.error('events that waited are lost: the disk does not take them', { events: rest.length }, error);
    }
    await spool.close();
  }

  private put(waiting: WaitingEvent): void {
    const { spool, memoryEventsMax, logger, metrics } = this.options;
    if (this.memory.length >= memoryEventsMax) this.leaving.push(...this.memory.splice(0));
    const row = spool.pending > 0 || this.leaving.length > 0 ? this.leaving : this.memory;
    if (row.length >= 2 * memoryEventsMax) {
      metrics.count('events_lost_total', { reason: 'overflow' });
      if (!this.overflowing) logger.error('too many events wait for shared state: the newest are lost', { memoryEventsMax });
      this.overflowing = true;
      return;
    }
    this.overflowing = false;
    row.push(waiting);
    this.count(waiting.event.callId, 1);
  }

  private async spool(): Promise<void> {
    const { spool, logger } = this.options;
    await Promise.resolve(); // others of the same instant come along
    try {
      while (this.leaving.length > 0) {
        const batch = this.leaving.slice(0, SPOOLED_MAX);
        await spool.append(batch.map(lineOf));
        this.leaving.splice(0, batch.length);
      }
    } catch (error) {
      logger.warn('waiting events stay in memory: the disk does not take them', { events: this.leaving.length }, error); // tried again with the next event
    }
    this.spooling = null;
  }

  private count(callId: CallId, by: number): void {
    const count = (this.ofCall.get(callId) ?? 0) + by;
    if (count > 0) this.ofCall.set(callId, count);
    else this.ofCall.delete(callId);
  }

  private measure(): void {
    this.options.metrics.gauge('state_refuge_events', this.size);
  }
}

function lineOf(waiting: WaitingEvent): string {
  return JSON.stringify(waiting);
}
