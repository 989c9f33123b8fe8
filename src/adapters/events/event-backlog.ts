import { InterruptiblePause } from '../../application/lifecycle/interruptible-pause.js';
import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { isPortError } from '../../application/ports/port-error.js';
import type { DomainEvent } from '../../domain/shared/domain-event.js';
import { DiskSpool } from './spool/disk-spool.js';

const WRITE_EVENTS_MAX = 500;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 10_000;
/** Share of the disk's bound past which operators are told. */
const ALARM_SHARE = 0.8;
const SEGMENTS_PER_SPOOL = 16;
const SEGMENT_BYTES_MAX = 8 * 1024 * 1024;

export interface EventBacklogOptions {
  readonly directory: string;
  readonly nodeName: string;
  readonly spoolBytesMax: number;
  /** More than so many waiting go to the disk. */
  readonly memoryEventsMax: number;
  /** Events in memory while the disk does not take them either. Act on overflow: the newest is dropped, counted (`events/overflow`) and told once. */
  readonly queueEventsMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Events that wait for delivery, first in first out: in memory while delivery keeps up, all of them on the disk from the moment
 * it does not (`spill`, or too many) until the disk is empty again. What is on the disk is older than what is in memory, always.
 */
export class EventBacklog {
  /** Everything, or while spooling what the disk has not taken yet. */
  private readonly memory: DomainEvent[] = [];
  private readonly pause: InterruptiblePause;
  private spooling: boolean;
  private accepted: number;
  private acknowledged = 0;
  private writing: Promise<void> | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private overflowing = false;
  private diskFailing = false;
  private alarmed = false;
  private closed = false;

  private constructor(private readonly spool: DiskSpool, private readonly options: EventBacklogOptions) {
    this.pause = new InterruptiblePause(options.clock);
    this.accepted = spool.pending;
    this.spooling = spool.pending > 0;
    if (this.spooling) options.logger.info('events of an earlier run wait on the disk', { events: spool.pending });
    this.measure();
  }

  /** With what an earlier process left. @throws PortError `events/unwritable`. */
  static async open(options: EventBacklogOptions): Promise<EventBacklog> {
    const { directory, nodeName, clock, spoolBytesMax, logger, metrics } = options;
    const spool = await DiskSpool.open({
      directory, nodeName, clock, bytesMax: spoolBytesMax, segmentBytes: Math.min(SEGMENT_BYTES_MAX, Math.ceil(spoolBytesMax / SEGMENTS_PER_SPOOL)),
      onSyncFailed: (error) => {
        metrics.count('provider_errors_total', { port: 'events', code: 'events/unwritable' });
        logger.error('waiting events are written, but not safely on the disk', {}, error);
      },
    });
    return new EventBacklog(spool, options);
  }

  /** Events waiting. */
  get size(): number {
    return this.accepted - this.acknowledged;
  }

  /** Of them those on the disk. */
  get spooled(): number {
    return this.spool.pending;
  }

  /** Never blocks, never throws. False: dropped, there is no room anywhere. */
  push(event: DomainEvent): boolean {
    if (this.memory.length >= this.options.queueEventsMax) {
      this.options.metrics.count('provider_errors_total', { port: 'events', code: 'events/overflow' });
      if (!this.overflowing) this.options.logger.error('no room for waiting events: newest events are dropped', { queueEventsMax: this.options.queueEventsMax });
      this.overflowing = true;
      return false;
    }
    this.memory.push(event);
    this.accepted += 1;
    if (this.spooling) this.writing ??= this.write();
    else if (this.memory.length > this.options.memoryEventsMax) this.spill();
    this.measure();
    return true;
  }

  /** Delivery does not get on: everything to the disk, where a crash does not reach it. */
  spill(): void {
    if (this.spooling || this.memory.length === 0 || this.closed) return;
    this.spooling = true;
    this.writing ??= this.write();
  }

  /** The oldest, `eventsMax` at most, each a record to be acknowledged; null for one that the disk has spoilt. */
  peek(eventsMax: number): Promise<readonly (DomainEvent | null)[]> {
    return this.exclusive(async () => {
      if (this.spool.pending === 0) this.spooling = false; // caught up, or the disk takes nothing: what there is, is in memory
      if (!this.spooling) return this.memory.slice(0, eventsMax);
      return (await this.spool.read(eventsMax)).map((line) => this.eventOf(line));
    });
  }

  /** The oldest `count` were delivered. */
  acknowledge(count: number): Promise<void> {
    return this.exclusive(async () => {
      const spooled = Math.min(count, this.spool.pending);
      if (spooled > 0) await this.spool.acknowledge(spooled);
      this.memory.splice(0, count - spooled);
      this.acknowledged += count;
      if (this.memory.length <= this.options.queueEventsMax / 2) this.overflowing = false;
      this.measure();
    });
  }

  /** What still waits goes to the disk for the next process. Resolves to the number of events that did not fit. */
  async close(): Promise<number> {
    this.closed = true;
    this.spooling = false; // ends the writer
    this.pause.end();
    await this.writing;
    return this.exclusive(async () => {
      try {
        if (this.memory.length > 0) await this.spool.append(this.memory.map((event) => JSON.stringify(event)));
        this.memory.length = 0;
      } catch (error) {
        this.options.logger.error('waiting events could not be kept', { events: this.memory.length }, error);
      }
      await this.spool.close();
      return this.memory.length;
    });
  }

  private exclusive<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.last.then(act);
    this.last = done.catch(() => undefined); // the one who asked is told; those who come after start fresh
    return done;
  }

  private async write(): Promise<void> {
    let waitMs = RETRY_MIN_MS;
    while (this.spooling && this.memory.length > 0) {
      try {
        await this.exclusive(() => this.writeSome());
      } catch (error) {
        this.diskFailed(error);
        await this.pause.wait(waitMs);
        waitMs = Math.min(RETRY_MAX_MS, waitMs * 2);
        continue;
      }
      waitMs = RETRY_MIN_MS;
      this.diskFailing = false;
      this.measure();
    }
    this.writing = null; // in the same turn as the last look at the memory, so that no event falls in between
  }

  private async writeSome(): Promise<void> {
    if (!this.spooling) return; // delivery has caught up meanwhile
    const some = this.memory.slice(0, WRITE_EVENTS_MAX);
    await this.spool.append(some.map((event) => JSON.stringify(event)));
    this.memory.splice(0, some.length);
    this.overflowing = false;
  }

  private diskFailed(error: unknown): void {
    const code = isPortError(error) ? error.code : 'events/unwritable';
    this.options.metrics.count('provider_errors_total', { port: 'events', code });
    if (!this.diskFailing) this.options.logger.error('the disk does not take waiting events: they stay in memory', { code, events: this.memory.length }, error);
    this.diskFailing = true;
  }

  private eventOf(line: string): DomainEvent | null {
    try {
      const event = JSON.parse(line) as DomainEvent;
      if (typeof event.id === 'string' && typeof event.callId === 'string' && typeof event.body.type === 'string') return event;
    } catch {
      // told below, like a line that is JSON but no event
    }
    this.options.metrics.count('provider_errors_total', { port: 'events', code: 'events/spoilt' });
    this.options.logger.error('a waiting event was spoilt on the disk and is lost', { bytes: line.length });
    return null;
  }

  private measure(): void {
    const { metrics, logger, spoolBytesMax } = this.options;
    const { bytes } = this.spool;
    metrics.gauge('events_pending', this.size);
    metrics.gauge('events_spool_bytes', bytes);
    if (bytes < spoolBytesMax * ALARM_SHARE) { this.alarmed = false; return; }
    if (!this.alarmed) logger.error('the disk space for waiting events is nearly used up', { bytes, spoolBytesMax });
    this.alarmed = true;
  }
}
