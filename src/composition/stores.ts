import { readFileSync } from 'node:fs';
import { FileEventPublisher } from '../adapters/events/file-event-publisher.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import type { PublishedEvents } from '../application/ports/published-events.js';
import type { Config } from '../config/gateway-schema.js';
import type { Runtime } from './runtime.js';

/** Where domain events go. */
export interface Events {
  readonly publisher: EventPublisher;
  /** Null: what was published is out of our reach. */
  readonly published: PublishedEvents | null;
  close(): Promise<void>;
}

export async function openEvents(config: Config, { clock, log, metrics }: Runtime, signal: AbortSignal): Promise<Events> {
  if (config.events.kind === 'kafka') {
    const publisher = await openKafka(config, { clock, log, metrics });
    return { publisher, published: null, close: () => publisher.close() };
  }
  const { directory, rotateBytes, queueEventsMax } = config.events;
  const publisher = await FileEventPublisher.open({ directory, rotateBytes, queueEventsMax, nodeName: config.node.name, clock, logger: log, metrics }, signal);
  return { publisher, published: publisher.published, close: () => publisher.close() };
}

async function openKafka({ events: { kafka, queueEventsMax }, node }: Config, { clock, log, metrics }: Pick<Runtime, 'clock' | 'log' | 'metrics'>): Promise<EventPublisher> {
  // Loaded when needed: most machines never talk to Kafka, and kafkajs is changed as it is loaded.
  const { KafkaEventPublisher } = await import('../adapters/events/kafka/kafka-event-publisher.js');
  return KafkaEventPublisher.open({
    brokers: kafka.brokers, topicPrefix: kafka.topicPrefix, createTopics: kafka.createTopics,
    tls: kafka.tls ? { ...(kafka.tlsAuthority === null ? {} : { ca: readFileSync(kafka.tlsAuthority, 'utf8') }) } : null,
    sasl: kafka.saslMechanism === 'none' ? null : { mechanism: kafka.saslMechanism, username: kafka.saslUsername ?? '', password: kafka.saslPassword?.reveal() ?? '' },
    directory: kafka.spoolDirectory, spoolBytesMax: kafka.spoolBytesMax, memoryEventsMax: kafka.memoryEventsMax, queueEventsMax,
    nodeName: node.name, clock, logger: log, metrics,
  });
}
