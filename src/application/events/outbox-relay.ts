import { deadline } from '../lifecycle/deadline.js';
import { InterruptiblePause } from '../lifecycle/interruptible-pause.js';
import type { Clock } from '../ports/clock.js';
import type { EventPublisher } from '../ports/event-publisher.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import type { Outbox, OutboxEntry } from '../ports/outbox.js';
import { isPortError } from '../ports/port-error.js';

/** One round trip to the outbox brings so many; also what a new leader repeats at most after a crash of the old one. */
const BATCH_ENTRIES_MAX = 200;
/** A leader that was killed is followed after so long at most. */
const LEASE_MS = 6000;
const LEASE_ASK_MS = LEASE_MS / 3;
/** Between looks into an empty outbox: what an event waits at most. */
const IDLE_MS = 200;
const OUTBOX_DEADLINE_MS = 2000;
/** Below the lease's rest: what is delivered is removed while we lead. */
const FLUSH_DEADLINE_MS = 3000;
const CLOSE_DEADLINE_MS = 5000;
/** A process that ends carries on what its last calls have left, but not the backlog of all nodes. */
const LAST_ROUNDS_MS = 500;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 10_000;
const DEPTH_INTERVAL_MS = 5000;
const DEPTH_ALARM = 100_000;

export interface OutboxRelayOptions {
  readonly outbox: Outbox;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Names this process among those that may lead; unique per start. */
  readonly holder: string;
}

/**
 * Carries the events of the shared outbox to the publisher: one node leads, reads the oldest, hands them over once, waits until
 * the publisher has delivered them, and only then removes them. At least once; in the order of the outbox.
 *
 * While delivery fails the lead is not prolonged, so that a node that reaches more may take it. What was handed over by then
 * waits in the publisher and is removed from here when it is delivered, leader or not; the next leader delivers it too, before
 * anything newer, so that repetitions come late but order holds for all who drop repetitions.
 */
export class OutboxRelay {
  private readonly pause: InterruptiblePause;
  private readonly stop = new AbortController();
  /** Positions handed to the publisher and not known to be delivered. */
  private handed: string[] = [];
  private askAgainAtMs = Number.NEGATIVE_INFINITY;
  private measureAtMs = Number.NEGATIVE_INFINITY;
  private leading = false;
  private failing = false;
  private alarmed = false;
  private running: Promise<void> | null = null;
  private closing: Promise<void> | null = null;

  constructor(private readonly options: OutboxRelayOptions) {
    this.pause = new InterruptiblePause(options.clock);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Carries on what is there, for the leader a last time, waits until it is delivered and gives the lead up. Bounded. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    this.stop.abort(new Error('the relay is closing'));
    this.pause.end();
    await this.running;
    try {
      await this.settle(CLOSE_DEADLINE_MS);
      if (this.leading && !this.failing) await this.lastRounds();
    } catch (error) {
      this.options.logger.warn('relayed events were not confirmed before the end: the next leader repeats them', { events: this.handed.length }, error);
    }
    if (this.leading) await this.resign();
  }

  private async run(): Promise<void> {
    let waitMs = RETRY_MIN_MS;
    while (!this.stopping()) {
      try {
        await this.pause.wait(await this.step());
        waitMs = RETRY_MIN_MS;
      } catch (error) {
        if (this.stopping()) return;
        this.failed(error);
        await this.pause.wait(waitMs);
        waitMs = Math.min(RETRY_MAX_MS, waitMs * 2);
      }
    }
  }

  private stopping(): boolean {
    return this.stop.signal.aborted;
  }

  /** One round; resolves to the wait before the next. */
  private async step(): Promise<number> {
    await this.measure();
    if (this.handed.length > 0) await this.settle(FLUSH_DEADLINE_MS, this.stop.signal);
    if (!(await this.lead())) return LEASE_ASK_MS;
    // An empty publisher has room: what it drops for want of room must not be removed from here.
    await this.bounded(FLUSH_DEADLINE_MS, (signal) => this.options.publisher.flush(signal));
    const { outbox, holder } = this.options;
    const entries = await this.bounded(OUTBOX_DEADLINE_MS, (signal) => outbox.read(holder, BATCH_ENTRIES_MAX, signal));
    this.recovered();
    if (entries.length === 0) return IDLE_MS;
    this.handOver(entries);
    await this.settle(FLUSH_DEADLINE_MS, this.stop.signal);
    return 0;
  }

  /** The last events of the last call came after our last look; without another node they would wait for the next start. */
  private async lastRounds(): Promise<void> {
    const { outbox, holder, clock } = this.options;
    const limit = deadline(clock, LAST_ROUNDS_MS);
    try {
      for (let read = BATCH_ENTRIES_MAX; read === BATCH_ENTRIES_MAX && !limit.expired;) {
        const entries = await outbox.read(holder, BATCH_ENTRIES_MAX, limit.signal).catch(() => []); // away, or another leads: they stay where they are
        this.handOver(entries);
        await this.settle(CLOSE_DEADLINE_MS);
        read = entries.length;
      }
    } finally {
      limit.clear();
    }
  }

  private handOver(entries: readonly OutboxEntry[]): void {
    for (const { position, event } of entries) {
      this.options.publisher.publish(event);
      this.handed.push(position);
    }
  }

  /** Waits until what was handed over is delivered, and removes it. */
  private async settle(limitMs: number, stop?: AbortSignal): Promise<void> {
    const { outbox, publisher, clock, metrics } = this.options;
    if (this.handed.length === 0) return;
    const limit = deadline(clock, limitMs, stop);
    try {
      await publisher.flush(limit.signal);
      await outbox.remove(this.handed, limit.signal);
    } finally {
      limit.clear();
    }
    metrics.count('outbox_relayed_total', {}, this.handed.length);
    this.handed = [];
  }

  private async lead(): Promise<boolean> {
    const { outbox, holder, clock } = this.options;
    const nowMs = clock.nowMs();
    if (this.leading && nowMs < this.askAgainAtMs) return true;
    const leads = await this.bounded(OUTBOX_DEADLINE_MS, (signal) => outbox.lead(holder, LEASE_MS, signal));
    this.askAgainAtMs = nowMs + LEASE_ASK_MS;
    this.setLeading(leads);
    return leads;
  }

  private async resign(): Promise<void> {
    const { outbox, holder, clock, logger } = this.options;
    const limit = deadline(clock, OUTBOX_DEADLINE_MS);
    try {
      await outbox.resign(holder, limit.signal);
    } catch (error) {
      logger.warn('the lead of the relay was not given up: it ends by itself', {}, error);
    } finally {
      limit.clear();
      this.setLeading(false);
    }
  }

  private setLeading(leads: boolean): void {
    if (leads !== this.leading) this.options.logger.info(leads ? 'this node relays the outbox' : 'this node relays the outbox no more');
    this.leading = leads;
    this.options.metrics.gauge('outbox_leader', leads ? 1 : 0);
  }

  private async measure(): Promise<void> {
    const { outbox, clock, metrics, logger } = this.options;
    if (clock.nowMs() < this.measureAtMs) return;
    const depth = await this.bounded(OUTBOX_DEADLINE_MS, (signal) => outbox.depth(signal));
    this.measureAtMs = clock.nowMs() + DEPTH_INTERVAL_MS;
    metrics.gauge('outbox_depth', depth);
    if (depth > DEPTH_ALARM && !this.alarmed) logger.error('the outbox grows: events are not carried out fast enough, or not at all', { depth });
    if (depth > DEPTH_ALARM) this.alarmed = true;
    else if (depth < DEPTH_ALARM / 2) this.alarmed = false;
  }

  private failed(error: unknown): void {
    const { metrics, logger } = this.options;
    const code = isPortError(error) ? error.code : 'outbox/unknown';
    metrics.count('provider_errors_total', { port: 'outbox', code });
    if (code === 'outbox/not-leading') { // lost between two questions: no fault, another leads
      this.setLeading(false);
      return;
    }
    // The lease may lapse while we back off: ask before the next read. Until then nobody knows that this node leads; it does not relay.
    this.askAgainAtMs = Number.NEGATIVE_INFINITY;
    metrics.gauge('outbox_leader', 0);
    if (!this.failing) logger.error('the outbox is not relayed: its events wait', { code, handed: this.handed.length }, error);
    this.failing = true;
  }

  private recovered(): void {
    if (this.failing) this.options.logger.info('the outbox is relayed again');
    this.failing = false;
  }

  private async bounded<Result>(limitMs: number, act: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const limit = deadline(this.options.clock, limitMs, this.stop.signal);
    try {
      return await act(limit.signal);
    } finally {
      limit.clear();
    }
  }
}
