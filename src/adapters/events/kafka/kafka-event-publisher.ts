import { deadline } from '../../../application/lifecycle/deadline.js';
import { InterruptiblePause } from '../../../application/lifecycle/interruptible-pause.js';
import type { EventPublisher } from '../../../application/ports/event-publisher.js';
import { isPortError } from '../../../application/ports/port-error.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import { EventBacklog, type EventBacklogOptions } from '../event-backlog.js';
import { FlushWaiters } from '../flush-waiters.js';
import { RefusedEvents } from '../spool/refused-events.js';
import { KafkaLink, type KafkaLinkOptions } from './kafka-link.js';
import { kafkaMessageOf, messageBytes, type KafkaMessage } from './kafka-message.js';

const BATCH_EVENTS_MAX = 500;
/** Half of what a broker takes in one batch by default (message.max.bytes, 1 MiB). */
const BATCH_BYTES_MAX = 512 * 1024;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 10_000;
/** No acknowledgement by then: events go to the disk while we wait on. */
const STALL_MS = 2000;
const CLOSE_DEADLINE_MS = 5000;

export interface KafkaEventPublisherOptions extends EventBacklogOptions, Omit<KafkaLinkOptions, 'clientId' | 'logger'> {}

/** The oldest events that wait, as far as they go out together. */
interface Batch {
  readonly records: readonly (DomainEvent | null)[];
  readonly messages: readonly KafkaMessage[];
}

/**
 * Events to Kafka. One batch is under way at a time, and the next leaves when it is acknowledged by all in-sync replicas: so events
 * of a call keep their order within a topic whatever fails. While Kafka is away they wait on the disk of this node, also over
 * restarts. `flush` resolves when Kafka has them; `close` leaves what Kafka did not take on the disk for the next start.
 */
export class KafkaEventPublisher implements EventPublisher {
  private readonly link: KafkaLink;
  private readonly refused: RefusedEvents;
  private readonly waiters = new FlushWaiters();
  private readonly pause: InterruptiblePause;
  private accepted: number;
  private delivering: Promise<void> | null = null;
  private closing: Promise<void> | null = null;
  private stopped = false;
  private away = false;
  /** After a refusal the records of that batch go alone, to find the one that was meant. */
  private aloneLeft = 0;

  private constructor(private readonly backlog: EventBacklog, private readonly options: KafkaEventPublisherOptions) {
    this.link = new KafkaLink({ ...options, clientId: `voice-gateway-${options.nodeName}` });
    this.refused = new RefusedEvents(options.directory, options.nodeName);
    this.pause = new InterruptiblePause(options.clock);
    this.accepted = backlog.size;
    if (this.accepted > 0) this.delivering = this.deliver();
  }

  /** Does not wait for Kafka. @throws PortError `events/unwritable` when events could not wait on the disk: better told at start than found out later. */
  static async open(options: KafkaEventPublisherOptions): Promise<KafkaEventPublisher> {
    return new KafkaEventPublisher(await EventBacklog.open(options), options);
  }

  publish(event: DomainEvent): void {
    const { metrics, logger } = this.options;
    if (this.closing !== null) {
      metrics.count('provider_errors_total', { port: 'events', code: 'events/closed' });
      logger.warn('event came after the end and is lost', { type: event.body.type, callId: event.callId });
      return;
    }
    if (!this.backlog.push(event)) return;
    this.accepted += 1;
    metrics.count('events_published_total', { type: event.body.type });
    this.delivering ??= this.deliver();
  }

  async flush(signal: AbortSignal): Promise<void> {
    const delivered = this.waiters.until(this.accepted, signal);
    this.pause.hurry();
    await delivered;
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  /** False while Kafka does not take events. */
  get healthy(): boolean {
    return !this.away;
  }

  /** Events that Kafka has not taken yet. */
  get waiting(): number {
    return this.backlog.size;
  }

  private async shut(): Promise<void> {
    const { clock, logger } = this.options;
    const limit = deadline(clock, CLOSE_DEADLINE_MS);
    await this.flush(limit.signal).catch(() => undefined); // told below, with what becomes of them
    limit.clear();
    this.stopped = true;
    this.pause.end();
    await this.link.close();
    await this.delivering;
    const waiting = this.backlog.size;
    const lost = await this.backlog.close();
    if (lost > 0) logger.error('events are lost: neither Kafka nor the disk took them', { events: lost });
    else if (waiting > 0) logger.warn('Kafka did not take all events before the end: they wait on the disk for the next start', { events: waiting });
  }

  private async deliver(): Promise<void> {
    let waitMs = RETRY_MIN_MS;
    while (this.backlog.size > 0 && !this.stopped) {
      try {
        await this.deliverBatch();
      } catch (error) {
        this.failed(error);
        await this.pause.wait(waitMs);
        waitMs = Math.min(RETRY_MAX_MS, waitMs * 2);
        continue;
      }
      waitMs = RETRY_MIN_MS;
      this.recovered();
    }
    this.delivering = null; // in the same turn as the last look at the backlog, so that no event falls in between
  }

  private async deliverBatch(): Promise<void> {
    const batch = await this.nextBatch();
    const unstall = this.options.clock.after(STALL_MS, () => { this.backlog.spill(); });
    try {
      if (batch.messages.length > 0) await this.link.send(batch.messages);
    } catch (error) {
      if (!isPortError(error) || error.code !== 'events/refused') throw error;
      if (batch.records.length > 1) { this.aloneLeft = batch.records.length; return; }
      await this.setAside(batch, error);
    } finally {
      unstall();
    }
    await this.backlog.acknowledge(batch.records.length);
    this.aloneLeft = Math.max(0, this.aloneLeft - batch.records.length);
    this.waiters.advance(batch.records.length);
  }

  private async nextBatch(): Promise<Batch> {
    const records = await this.backlog.peek(this.aloneLeft > 0 ? 1 : BATCH_EVENTS_MAX);
    const messages: KafkaMessage[] = [];
    let bytes = 0;
    for (const [index, event] of records.entries()) {
      if (event === null) continue;
      const message = kafkaMessageOf(event, this.options.topicPrefix);
      bytes += messageBytes(message);
      if (bytes > BATCH_BYTES_MAX && messages.length > 0) return { records: records.slice(0, index), messages };
      messages.push(message);
    }
    return { records, messages };
  }

  private async setAside({ records: [event] }: Batch, error: unknown): Promise<void> {
    const { metrics, logger } = this.options;
    if (event === null || event === undefined) return;
    metrics.count('provider_errors_total', { port: 'events', code: 'events/refused' });
    const kept = await this.refused.keep(JSON.stringify(event));
    logger.error('Kafka refuses an event for good', { type: event.body.type, callId: event.callId, eventId: event.id, file: kept ? this.refused.path : null }, error);
  }

  private failed(error: unknown): void {
    if (this.stopped) return; // our own doing
    const { metrics, logger } = this.options;
    const code = isPortError(error) ? error.code : 'events/unreadable';
    metrics.count('provider_errors_total', { port: 'events', code });
    if (!this.away) logger.error('Kafka does not take events: they wait on the disk', { code, events: this.backlog.size }, error);
    this.away = true;
    this.backlog.spill();
  }

  private recovered(): void {
    if (this.away) this.options.logger.info('Kafka takes events again', { waiting: this.backlog.size });
    this.away = false;
  }
}
