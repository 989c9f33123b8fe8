import { deadline } from '../../application/lifecycle/deadline.js';
import { InterruptiblePause } from '../../application/lifecycle/interruptible-pause.js';
import type { Clock } from '../../application/ports/clock.js';
import type { EventPublisher } from '../../application/ports/event-publisher.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { PortError } from '../../application/ports/port-error.js';
import type { PublishedEvents } from '../../application/ports/published-events.js';
import type { DomainEvent } from '../../domain/shared/domain-event.js';
import { cloudEventOf } from './cloud-event.js';
import { EventErasure } from './event-erasure.js';
import { EventLog, type EventLogOptions } from './event-log.js';
import { EventLogFiles } from './event-log-files.js';
import { FlushWaiters } from './flush-waiters.js';

const BATCH_EVENTS_MAX = 500;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 10_000;
const CLOSE_DEADLINE_MS = 5000;

export interface FileEventPublisherOptions extends EventLogOptions {
  /** Events waiting for the disk. Act on overflow: the newest is dropped, counted (`events/overflow`) and told once; its gap shows in `sequence`. */
  readonly queueEventsMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Events as NDJSON files of CloudEvents. One writer puts them down in the order they came, in batches; while the disk does
 * not take them they wait in memory, and calls go on undisturbed. After `flush` they are on the disk.
 */
export class FileEventPublisher implements EventPublisher {
  private readonly log: EventLog;
  private readonly erasure: EventErasure;
  private readonly queue: DomainEvent[] = [];
  private readonly waiters = new FlushWaiters();
  private readonly pause: InterruptiblePause;
  private accepted = 0;
  private writing: Promise<void> | null = null;
  private closing: Promise<void> | null = null;
  private stopped = false;
  private overflowing = false;
  private failing = false;

  private constructor(private readonly options: FileEventPublisherOptions) {
    this.log = new EventLog(options);
    this.pause = new InterruptiblePause(options.clock);
    this.erasure = new EventErasure({ log: this.log, files: new EventLogFiles(options.directory, options.nodeName), flush: (signal) => this.flush(signal) });
  }

  /** @throws PortError `events/unwritable` when the directory cannot be written to: better told at start than found out later. */
  static async open(options: FileEventPublisherOptions, signal: AbortSignal): Promise<FileEventPublisher> {
    const publisher = new FileEventPublisher(options);
    try {
      signal.throwIfAborted();
      await publisher.log.append(new Uint8Array(0), publisher.day());
    } catch (cause) {
      await publisher.log.close();
      throw new PortError(`cannot write events to ${options.directory}`, { code: 'events/unwritable', kind: 'unavailable', cause });
    }
    return publisher;
  }

  publish(event: DomainEvent): void {
    if (this.closing !== null) { this.drop('events/closed', event); return; }
    if (this.queue.length >= this.options.queueEventsMax) {
      if (!this.overflowing) this.options.logger.error('event queue is full: newest events are dropped', { queueEventsMax: this.options.queueEventsMax });
      this.overflowing = true;
      this.drop('events/overflow', event);
      return;
    }
    this.queue.push(event);
    this.accepted += 1;
    this.options.metrics.count('events_published_total', { type: event.body.type });
    this.options.metrics.gauge('events_pending', this.queue.length);
    this.writing ??= this.write();
  }

  async flush(signal: AbortSignal): Promise<void> {
    const written = this.waiters.until(this.accepted, signal);
    this.pause.hurry();
    await written;
    try {
      await this.log.sync();
    } catch (cause) {
      throw new PortError('events are written, but not safely on the disk', { code: 'events/unwritable', kind: 'unavailable', cause });
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  /** What is in the files of this node. */
  get published(): PublishedEvents {
    return this.erasure;
  }

  /** False while the disk does not take events. */
  get healthy(): boolean {
    return !this.failing;
  }

  private async shut(): Promise<void> {
    await this.erasure.close();
    const limit = deadline(this.options.clock, CLOSE_DEADLINE_MS);
    try {
      await this.flush(limit.signal);
    } catch (error) {
      this.options.logger.error('events could not be written before the end', { events: this.queue.length }, error);
    } finally {
      limit.clear();
    }
    this.stopped = true;
    this.pause.end();
    await this.writing;
    await this.log.close();
  }

  private async write(): Promise<void> {
    let waitMs = RETRY_MIN_MS;
    while (this.queue.length > 0 && !this.stopped) {
      const batch = this.queue.slice(0, BATCH_EVENTS_MAX);
      try {
        await this.log.append(this.linesOf(batch), this.day());
      } catch (error) {
        this.options.metrics.count('provider_errors_total', { port: 'events', code: 'events/unwritable' });
        if (!this.failing) this.options.logger.error('events cannot be written: they wait in memory', { events: this.queue.length }, error);
        this.failing = true;
        await this.pause.wait(waitMs);
        waitMs = Math.min(RETRY_MAX_MS, waitMs * 2);
        continue;
      }
      waitMs = RETRY_MIN_MS;
      this.done(batch.length);
    }
    this.writing = null; // in the same turn as the last look at the queue, so that no event falls in between
  }

  private done(events: number): void {
    this.queue.splice(0, events);
    this.options.metrics.gauge('events_pending', this.queue.length);
    if (this.failing) this.options.logger.info('events are written again', { waiting: this.queue.length });
    this.failing = false;
    if (this.queue.length <= this.options.queueEventsMax / 2) this.overflowing = false;
    this.waiters.advance(events);
  }

  private linesOf(batch: readonly DomainEvent[]): Uint8Array {
    return Buffer.from(batch.filter((event) => !this.erasure.isErased(event)).map((event) => `${JSON.stringify(cloudEventOf(event))}\n`).join(''), 'utf8');
  }

  private drop(code: string, event: DomainEvent): void {
    this.options.metrics.count('provider_errors_total', { port: 'events', code });
    if (code === 'events/closed') this.options.logger.warn('event came after the end and is lost', { type: event.body.type, callId: event.callId });
  }

  private day(): string {
    return this.options.clock.wallTime().slice(0, 'YYYY-MM-DD'.length);
  }
}
