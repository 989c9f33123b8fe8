import kafkajs from 'kafkajs';
import type { RawRecord } from './event-record.js';

const FAMILIES = ['call', 'speech', 'conversation', 'error'];
const MAX_WAIT_MS = 500;

export interface SourceOptions {
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly onRecord: (record: RawRecord) => void;
}

/** Where each partition ended when we looked. */
type Ends = Map<string, number>;

/** Reads the gateway's topics from their beginning. `caughtUp` resolves when everything that was there at the start has been read. */
export async function readTopics({ brokers, prefix, onRecord }: SourceOptions): Promise<{ readonly caughtUp: Promise<void>; readonly close: () => Promise<void> }> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'event-consumer', logLevel: kafkajs.logLevel.NOTHING });
  const { topics, ends } = await look(kafka, prefix);
  if (topics.length === 0) throw new Error(`there are no topics ${prefix}.{${FAMILIES.join(',')}}: has the gateway sent anything yet?`);
  // A group of our own each time: the table is only in memory, so it is built from the beginning.
  const consumer = kafka.consumer({ groupId: `event-consumer-${process.pid}-${Date.now()}`, maxWaitTimeInMs: MAX_WAIT_MS });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  const caughtUp = new Promise<void>((resolve, reject) => {
    if (ends.size === 0) resolve();
    consumer.on('consumer.crash', ({ payload: { error, restart } }) => { if (!restart) reject(error); });
    consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const { topic, partition, messages } = batch;
        for (const { value, headers } of messages) onRecord({ topic, value, headers: headers ?? {} });
        const key = `${topic}/${partition}`;
        if (Number(batch.lastOffset()) + 1 >= (ends.get(key) ?? 0)) ends.delete(key);
        if (ends.size === 0) resolve();
        return Promise.resolve();
      },
    }).catch(reject);
  });
  return { caughtUp, close: () => consumer.disconnect() };
}

async function look(kafka: kafkajs.Kafka, prefix: string): Promise<{ readonly topics: string[]; readonly ends: Ends }> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const present = await admin.listTopics();
    const topics = FAMILIES.map((family) => `${prefix}.${family}`).filter((topic) => present.includes(topic));
    const partitions = await Promise.all(topics.map(async (topic) => (await admin.fetchTopicOffsets(topic)).map((offsets) => ({ topic, ...offsets }))));
    const filled = partitions.flat().filter(({ low, high }) => Number(high) > Number(low));
    return { topics, ends: new Map(filled.map(({ topic, partition, high }) => [`${topic}/${partition}`, Number(high)])) };
  } finally {
    await admin.disconnect();
  }
}
