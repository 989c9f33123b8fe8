import { readFileSync } from 'node:fs';
import { FileEventPublisher } from '../adapters/events/file-event-publisher.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import type { Config } from '../config/gateway-schema.js';
import type { Runtime } from './runtime.js';

/** Where domain events go. */
export async function openPublisher(config: Config, { clock, log, metrics }: Runtime, signal: AbortSignal): Promise<EventPublisher> {
  if (config.events.kind === 'kafka') return openKafka(config, { clock, log, metrics });
  const { directory, rotateBytes, queueEventsMax } = config.events;
  return FileEventPublisher.open({ directory, rotateBytes, queueEventsMax, nodeName: config.node.name, clock, logger: log, metrics }, signal);
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
