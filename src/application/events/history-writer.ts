import { deadline } from '../lifecycle/deadline.js';
import { InterruptiblePause } from '../lifecycle/interruptible-pause.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { CallHistory, HistoryStep } from '../ports/call-history.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { codeOf, isPortError } from '../ports/port-error.js';

/** Steps of one call within this time are written together. What is read of a running call is that old at most, while all is well. */
const LINGER_MS = 1000;
/** Events and summaries that wait. Act on overflow: the newest is lost, counted, and told. At 1000 calls about 10 s of the disk's absence. */
export const WAITING_MAX = 20_000;
/** Calls written at once. */
const BATCH_CALLS_MAX = 500;
const WRITE_DEADLINE_MS = 10_000;
const RETRY_MS = 2000;
const CLOSE_DEADLINE_MS = 5000;

export interface HistoryWriterOptions {
  /** Stays the opener's to close. */
  readonly history: CallHistory;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface Waiting {
  readonly step: HistoryStep;
  readonly sinceMs: number;
}

/** Brings what happened in calls to their history, behind the back of those calls: bounded, in order per call, again when it fails. */
export class HistoryWriter {
  /** By call, the longest waiting first. */
  private waiting = new Map<string, Waiting>();
  private size = 0;
  private writing: Promise<void> | null = null;
  private readonly pause: InterruptiblePause;
  /** Of the oldest in the batch on its way. */
  private underWaySinceMs = Infinity;
  /** Those who wait in `flush`. While there are any, nothing lingers. */
  private flushing = 0;
  private roundOver: (() => void)[] = [];
  private failing = false;
  private overflowing = false;
  private stopped = false;
  private closing: Promise<void> | null = null;

  constructor(private readonly options: HistoryWriterOptions) {
    this.pause = new InterruptiblePause(options.clock);
  }

  /** Never blocks and never throws. */
  tell(step: HistoryStep): void {
    const known = this.waiting.get(keyOf(step));
    const more = step.events.length + (known === undefined ? 1 : 0);
    if (this.closing !== null) { this.lose(sizeOf(step), 'closed'); return; }
    if (this.size + more > WAITING_MAX) {
      this.overflow(step.events.length);
      if (known !== undefined) this.put(joined(known, { ...step, events: [] })); // how the call stands costs nothing more
      return;
    }
    this.size += more;
    this.put(known === undefined ? { step, sinceMs: this.options.clock.nowMs() } : joined(known, step));
    this.options.metrics.gauge('history_pending', this.size);
    this.writing ??= this.write();
  }

  /** Resolves when all that was told before is written or lost, however much is told meanwhile; rejects with the signal. */
  async flush(signal: AbortSignal): Promise<void> {
    const beganMs = this.options.clock.nowMs();
    this.flushing += 1;
    this.pause.hurry();
    try {
      while (this.writing !== null && this.oldestMs() <= beganMs) await orAborted(new Promise<void>((resolve) => { this.roundOver.push(resolve); }), signal);
    } finally {
      this.flushing -= 1;
    }
  }

  /** Writes what waits (bounded). Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    const limit = deadline(this.options.clock, CLOSE_DEADLINE_MS);
    try {
      await this.flush(limit.signal);
    } catch {
      const lost = this.size; // the history does not take it
      this.waiting.clear();
      this.lose(lost, 'not-stored');
      this.options.logger.error('the end of calls could not be written to their history', { waiting: lost });
    } finally {
      limit.clear();
    }
    this.stopped = true;
    this.pause.end();
    await this.writing;
  }

  private async write(): Promise<void> {
    await Promise.resolve(); // what happens in the same turn goes together
    while (this.waiting.size > 0 && !this.stopped) {
      if (this.failing) await this.pause.wait(RETRY_MS);
      else if (this.flushing === 0) await this.pause.wait(LINGER_MS);
      await this.writeSome();
      this.endRound();
    }
    this.writing = null; // in the same turn as the last look at what waits
    this.endRound();
    this.measure();
  }

  private endRound(): void {
    for (const resolve of this.roundOver.splice(0)) resolve();
  }

  private oldestMs(): number {
    const [waiting] = this.waiting.values();
    return Math.min(this.underWaySinceMs, waiting?.sinceMs ?? Infinity);
  }

  private async writeSome(): Promise<void> {
    const { history, clock, metrics, logger } = this.options;
    const batch = [...this.waiting].slice(0, BATCH_CALLS_MAX);
    for (const [key] of batch) this.waiting.delete(key);
    this.underWaySinceMs = batch[0]?.[1].sinceMs ?? Infinity;
    const limit = deadline(clock, WRITE_DEADLINE_MS);
    try {
      await orAborted(history.append(batch.map(([, { step }]) => step), limit.signal), limit.signal);
      this.size -= batch.reduce((sum, [, { step }]) => sum + sizeOf(step), 0);
      if (this.failing) logger.info('the history of calls is written again', { waiting: this.size });
      this.failing = false;
      if (this.size < WAITING_MAX / 2) this.overflowing = false;
    } catch (error) {
      metrics.count('provider_errors_total', { port: 'call-history', code: codeOf(error, 'call-history/failed') });
      if (!this.failing) logger.error('the history of calls cannot be written: it waits in memory', { waiting: this.size }, error);
      this.failing = true;
      if (limit.expired || !isPortError(error) || error.retryable) this.putBack(batch);
      else this.lose(batch.reduce((sum, [, { step }]) => sum + sizeOf(step), 0), 'refused');
    } finally {
      limit.clear();
      this.underWaySinceMs = Infinity;
    }
    this.measure();
  }

  /** Perhaps some of it was written: then it comes twice, and is kept once. */
  private putBack(batch: readonly (readonly [string, Waiting])[]): void {
    const since = this.waiting;
    this.waiting = new Map(batch);
    for (const [, later] of since) {
      const earlier = this.waiting.get(keyOf(later.step));
      if (earlier !== undefined) this.size -= 1; // two entries become one
      this.put(earlier === undefined ? later : joined(earlier, later.step));
    }
  }

  private put(waiting: Waiting): void {
    this.waiting.set(keyOf(waiting.step), waiting);
  }

  private overflow(events: number): void {
    if (!this.overflowing) this.options.logger.error('too much waits for the history of calls: newest events are dropped', { waitingMax: WAITING_MAX });
    this.overflowing = true;
    this.options.metrics.count('history_lost_total', { reason: 'overflow' }, events);
  }

  private lose(count: number, reason: 'closed' | 'not-stored' | 'refused'): void {
    if (reason !== 'closed') this.size -= count;
    this.options.metrics.count('history_lost_total', { reason }, count);
  }

  private measure(): void {
    const { metrics, clock } = this.options;
    metrics.gauge('history_pending', this.size);
    metrics.gauge('history_lag_seconds', this.waiting.size === 0 ? 0 : (clock.nowMs() - this.oldestMs()) / 1000);
  }
}

/** What a step counts, as long as it has an entry of its own. */
function sizeOf({ events }: HistoryStep): number {
  return events.length + 1;
}

function keyOf({ callId, tenantId }: HistoryStep): string {
  return `${callId}/${tenantId}`;
}

function joined({ step, sinceMs }: Waiting, later: HistoryStep): Waiting {
  return { sinceMs, step: { ...step, call: later.call ?? step.call, events: later.events.length === 0 ? step.events : [...step.events, ...later.events] } };
}
