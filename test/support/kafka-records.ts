import kafkajs from 'kafkajs';
import { topicNames } from '../../src/adapters/events/event-families.js';
import { quietKafkajs } from '../../src/adapters/events/kafka/quiet-kafkajs.js';

const MAX_WAIT_MS = 100;
const RECORDS_PER_LOOK_MS = 20_000;
const LEADER_MS = 10_000;

export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Everything the topics of `prefix` hold, in the order Kafka gives it (which is per partition). Repetitions too. */
export async function readRecords(address: string, prefix: string): Promise<readonly KafkaRecord[]> {
  quietKafkajs();
  const kafka = new kafkajs.Kafka({ brokers: [address], clientId: 'test-reader', logLevel: kafkajs.logLevel.NOTHING });
  const topics = await topicsOf(kafka, prefix);
  const expected = [...topics.values()].reduce((sum, count) => sum + count, 0);
  if (expected === 0) return [];
  const consumer = kafka.consumer({ groupId: `${prefix}-${String(process.hrtime.bigint())}`, maxWaitTimeInMs: MAX_WAIT_MS });
  const records: KafkaRecord[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics.keys()], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => { reject(new Error(`read ${records.length} of ${expected} records`)); }, RECORDS_PER_LOOK_MS);
      consumer.run({
        eachBatch: ({ batch: { topic, partition, messages } }) => {
          for (const { key, value, headers } of messages) records.push({ topic, partition, key: String(key), value: String(value), headers: textOf(headers) });
          if (records.length >= expected) resolve();
          return Promise.resolve();
        },
      }).catch(reject);
    });
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
  return records;
}

async function topicsOf(kafka: kafkajs.Kafka, prefix: string): Promise<ReadonlyMap<string, number>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const present = await admin.listTopics();
    const counts = new Map<string, number>();
    for (const topic of topicNames(prefix).filter((name) => present.includes(name))) {
      const partitions = await offsetsOf(admin, topic);
      counts.set(topic, partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0));
    }
    return counts;
  } finally {
    await admin.disconnect();
  }
}

/** A broker that has just come back leads its partitions one after the other; kafkajs does not wait for that here. */
async function offsetsOf(admin: kafkajs.Admin, topic: string): Promise<readonly { readonly high: string; readonly low: string }[]> {
  const end = Date.now() + LEADER_MS;
  for (;;) {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      if ((error as { type?: unknown }).type !== 'NOT_LEADER_FOR_PARTITION' || Date.now() > end) throw error;
      await new Promise((resolve) => { setTimeout(resolve, MAX_WAIT_MS); });
    }
  }
}

function textOf(headers: kafkajs.IHeaders = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
