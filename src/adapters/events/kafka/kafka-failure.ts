import { PortError } from '../../../application/ports/port-error.js';

/** What a broker says of one record that it will never take, however often it is sent. */
const REFUSALS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);
const CAUSES_MAX = 10;

/** Every failure of kafkajs as one of ours. `events/refused` is about the records; all others are about Kafka, and worth another try. */
export function kafkaFailure(error: unknown): PortError {
  const chain = causesOf(error);
  const type = chain.map((link) => (link as { type?: unknown }).type).find((known) => typeof known === 'string');
  if (type !== undefined && REFUSALS.has(type)) return new PortError('Kafka refused the records', { code: 'events/refused', kind: 'rejected', cause: error });
  const timedOut = chain.some((link) => link.name === 'KafkaJSRequestTimeoutError');
  return timedOut
    ? new PortError('Kafka did not answer in time', { code: 'events/timeout', kind: 'timeout', cause: error })
    : new PortError('Kafka could not be reached, or did not take the events', { code: 'events/unavailable', kind: 'unavailable', cause: error });
}

function causesOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let link = error; link instanceof Error && chain.length < CAUSES_MAX; link = link.cause) chain.push(link);
  return chain;
}
