import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import { cloudEventOf } from '../cloud-event.js';
import { topicOf } from '../event-families.js';

/** One record of Kafka, as CloudEvents' binary mode lays it out: attributes are headers, data is the value. */
export interface KafkaMessage {
  readonly topic: string;
  /** The call: all its events of one topic come to one partition, in order. */
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function kafkaMessageOf(event: DomainEvent, topicPrefix: string): KafkaMessage {
  const { data, datacontenttype, ...attributes } = cloudEventOf(event);
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]));
  return {
    topic: topicOf(topicPrefix, event.body.type), key: event.callId, value: JSON.stringify(data),
    headers: { 'content-type': datacontenttype, ...headers },
  };
}

/** About what a message takes on the wire. */
export function messageBytes({ key, value, headers }: KafkaMessage): number {
  let bytes = key.length + Buffer.byteLength(value);
  for (const [name, text] of Object.entries(headers)) bytes += name.length + text.length;
  return bytes;
}
