import kafkajs, { type Admin, type KafkaConfig, type Producer, type SASLOptions, type TopicMessages } from 'kafkajs';
import type { Logger } from '../../../application/ports/logger.js';
import { topicNames } from '../event-families.js';
import { BrokerSockets } from './broker-sockets.js';
import { forgetHalfAnswers } from './forget-half-answers.js';
import { kafkaFailure } from './kafka-failure.js';
import type { KafkaMessage } from './kafka-message.js';
import { quietKafkajs } from './quiet-kafkajs.js';

/** Waits inside kafkajs, short and few: the endless trying is the publisher's, which keeps the events safe meanwhile. */
const SEND_RETRY = { retries: 5, initialRetryTime: 50, maxRetryTime: 400 };
const CLUSTER_RETRY = { retries: 1, initialRetryTime: 100, maxRetryTime: 400 };
const CONNECTION_TIMEOUT_MS = 2000;
const REQUEST_TIMEOUT_MS = 10_000;
/** The broker's own wait for its replicas, within our request timeout. */
const ACK_TIMEOUT_MS = 8000;
const GOODBYE_MS = 2000;
const ALL_REPLICAS = -1;
const BROKER_DEFAULT = -1;

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaTls {
  /** PEM; absent: the authorities that Node.js trusts. */
  readonly ca?: string;
}

export interface KafkaLinkOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly topicPrefix: string;
  /** With partitions and replicas as the brokers are set. False: the topics exist. */
  readonly createTopics: boolean;
  readonly tls: KafkaTls | null;
  readonly sasl: KafkaSasl | null;
  readonly logger: Logger;
}

/**
 * Brings batches of messages to Kafka, one batch at a time: acknowledged by all in-sync replicas, or failed with a PortError
 * `events/*`. After a failure some may be there all the same. Connects when first needed and again whenever it must.
 *
 * The producer is not idempotent: kafkajs's never sends again after one sequence went wrong (its issue 598). Repetitions are
 * recognised by the id of the event instead.
 */
export class KafkaLink {
  private readonly sockets = new BrokerSockets();
  private readonly kafka: kafkajs.Kafka;
  private readonly producer: Producer;
  private connected = false;
  private topicsMade: boolean;
  private sending: Promise<void> | null = null;

  constructor(private readonly options: KafkaLinkOptions) {
    quietKafkajs();
    forgetHalfAnswers();
    this.kafka = new kafkajs.Kafka(this.config());
    this.topicsMade = !options.createTopics;
    this.producer = this.kafka.producer({
      idempotent: false, maxInFlightRequests: 1, allowAutoTopicCreation: false, retry: SEND_RETRY, createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    // Perhaps nothing comes over this connection any more: kafkajs would try it again, and wait as long again each time.
    this.producer.on(this.producer.events.REQUEST_TIMEOUT, () => { this.sockets.breakOff(); });
  }

  /** Throws PortError `events/unavailable`, `events/timeout`, or `events/refused` when it is one of the messages that Kafka will never take. */
  send(messages: readonly KafkaMessage[]): Promise<void> {
    const sent = this.sendOnce(messages).finally(() => { this.sending = null; });
    this.sending = sent.catch(() => undefined); // whoever sends is told; `close` only waits
    return sent;
  }

  /** Politely while nothing is under way, by force otherwise: what is under way fails. Bounded. */
  async close(): Promise<void> {
    if (this.connected && this.sending === null) await this.sayGoodbye();
    this.sockets.destroyAll();
    await this.sending;
    await this.producer.disconnect().catch(() => undefined); // its timers; the connections are gone
  }

  private async sendOnce(messages: readonly KafkaMessage[]): Promise<void> {
    try {
      if (!this.topicsMade) await this.makeTopics();
      if (!this.connected) await this.producer.connect();
      this.connected = true;
      await this.producer.sendBatch({ acks: ALL_REPLICAS, timeout: ACK_TIMEOUT_MS, topicMessages: byTopic(messages) });
    } catch (error) {
      const failure = kafkaFailure(error);
      if (failure.code !== 'events/refused') {
        this.connected = false;
        this.sockets.breakOff();
        this.topicsMade = !this.options.createTopics; // a broker that lost its disk comes back without them
      }
      throw failure;
    }
  }

  private async makeTopics(): Promise<void> {
    const admin = this.kafka.admin({ retry: CLUSTER_RETRY });
    try {
      await admin.connect();
      await this.createMissing(admin);
      this.topicsMade = true;
    } finally {
      await admin.disconnect();
    }
  }

  private async createMissing(admin: Admin): Promise<void> {
    const { topicPrefix, logger } = this.options;
    try {
      const made = await admin.createTopics({
        waitForLeaders: true,
        topics: topicNames(topicPrefix).map((topic) => ({ topic, numPartitions: BROKER_DEFAULT, replicationFactor: BROKER_DEFAULT })),
      });
      if (made) logger.info('topics made in Kafka', { topicPrefix });
    } catch (error) {
      if ((error as { type?: unknown }).type !== 'CLUSTER_AUTHORIZATION_FAILED' && (error as { type?: unknown }).type !== 'TOPIC_AUTHORIZATION_FAILED') throw error;
      logger.warn('not allowed to make topics in Kafka: they must exist already', { topicPrefix }, error);
    }
  }

  private async sayGoodbye(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => { timer = setTimeout(resolve, GOODBYE_MS); });
    await Promise.race([this.producer.disconnect().catch(() => undefined), patience]);
    clearTimeout(timer);
  }

  private config(): KafkaConfig {
    const { brokers, clientId, tls, sasl, logger } = this.options;
    return {
      clientId, brokers: [...brokers], socketFactory: this.sockets.factory, retry: CLUSTER_RETRY,
      connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, enforceRequestTimeout: true,
      ssl: tls === null ? false : { ...(tls.ca === undefined ? {} : { ca: [tls.ca] }), minVersion: 'TLSv1.2' },
      ...(sasl === null ? {} : { sasl: sasl as SASLOptions }),
      logLevel: kafkajs.logLevel.WARN,
      logCreator: () => ({ log }) => { logger.debug('kafkajs', { said: log.message }); }, // failures come to us as errors anyway
    };
  }
}

function byTopic(messages: readonly KafkaMessage[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const { topic, key, value, headers } of messages) {
    const own = topics.get(topic) ?? { topic, messages: [] };
    topics.set(topic, own);
    own.messages.push({ key, value, headers: { ...headers } });
  }
  return [...topics.values()];
}
