import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Kafka as CloudEventsBinding } from 'cloudevents';
import { KafkaEventPublisher, type KafkaEventPublisherOptions } from '../../../../src/adapters/events/kafka/kafka-event-publisher.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { openRuntime } from '../../../../src/composition/runtime.js';
import { openEvents } from '../../../../src/composition/stores.js';
import { loadConfig } from '../../../../src/config/load-config.js';
import { callId } from '../../../../src/domain/shared/ids.js';
import { eventPublisherContract } from '../../../contract/event-publisher.contract.js';
import { aDomainEvent } from '../../../support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../../support/builders/every-event.js';
import { until } from '../../../support/until.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { type KafkaRecord, readRecords } from '../../../support/kafka-records.js';
import { ChaosProxy } from '../../../support/chaos/chaos-proxy.js';
import { KafkaBroker } from '../../../support/servers/kafka-broker.js';

const MIB_BYTES = 1024 * 1024;
const signal = new AbortController().signal;
/** First word of a type → last word of its topic; the others are of the conversation. */
const TOPICS: Readonly<Record<string, string>> = { call: 'call', error: 'error', stt: 'speech', llm: 'speech', tts: 'speech', recording: 'recording' };

describe('KafkaEventPublisher', function () {
  let broker: KafkaBroker;
  let proxy: ChaosProxy;
  let folder: string;
  let prefix: string;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  let made = 0;

  before(async function () {
    this.timeout(90_000);
    proxy = await ChaosProxy.start({});
    broker = await KafkaBroker.start({ advertisedPort: proxy.port });
    proxy.aim(broker.port);
  });

  after(async () => {
    await broker.stop();
    await proxy.close();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voice-gateway-spool-'));
    made += 1;
    prefix = `test${made}`;
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
  });

  afterEach(async () => {
    await proxy.heal(); // one test that fails shall not fail those after it
    await Promise.all(opened.splice(0).map((publisher) => publisher.close()));
    await rm(folder, { recursive: true });
    await until(() => proxy.openConnections === 0);
  });

  const opened: KafkaEventPublisher[] = [];
  const open = async (deviations: Partial<KafkaEventPublisherOptions> = {}): Promise<KafkaEventPublisher> => {
    const publisher = await KafkaEventPublisher.open({ ...settings(), ...deviations });
    opened.push(publisher);
    return publisher;
  };
  const settings = (): KafkaEventPublisherOptions => ({
    brokers: [broker.address], topicPrefix: prefix, createTopics: true, tls: null, sasl: null,
    directory: folder, nodeName: 'node-1', spoolBytesMax: 64 * MIB_BYTES, memoryEventsMax: 1000, queueEventsMax: 50_000,
    clock: new SystemClock({ onFault: (error) => { throw error; } }), logger, metrics,
  });

  const records = (): Promise<readonly KafkaRecord[]> => readRecords(broker.address, prefix);
  const attemptsOf = (found: readonly KafkaRecord[]): readonly number[] => {
    const seen = new Map(found.map(({ headers, value }) => [headers['ce_id'], (JSON.parse(value) as { attempt: number }).attempt]));
    return [...seen.values()];
  };
  const publishAttempts = (publisher: KafkaEventPublisher, from: number, to: number): void => {
    for (let attempt = from; attempt <= to; attempt += 1) publisher.publish(aDomainEvent({ type: 'caller.silent', attempt }, { callId: callId('01JCKAFKA00000000000000001') }));
  };
  const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1);

  eventPublisherContract(async () => ({
    publisher: await open(),
    delivered: async () => (await records()).map(({ headers }) => ({
      id: headers['ce_id']!, callId: headers['ce_subject']!, sequence: Number(headers['ce_sequence']), type: headers['ce_type']!,
    })),
    dispose: () => Promise.resolve(),
  }));

  it('writes CloudEvents in binary mode, a topic per family, by call, with the tenant', async () => {
    const publisher = await open();
    const events = Object.values(EVERY_EVENT).map((body) => aDomainEvent(body));
    for (const event of events) publisher.publish(event);
    await publisher.flush(signal);
    await publisher.close();
    const found = await records();
    for (const event of events) {
      const record = found.find(({ headers }) => headers['ce_id'] === event.id)!;
      const read = CloudEventsBinding.toEvent<Record<string, unknown>>({ headers: record.headers, key: record.key, value: record.value, body: record.value, timestamp: '0' } as never);
      expect(read).to.deep.include({
        id: event.id, type: `com.voicegw.${event.body.type}.v1`, source: '/voice-gateway/node-1', subject: event.callId, tenantid: 'north-bank', sequence: String(event.sequence),
      });
      expect(record.key).to.equal(event.callId);
      const { type, ...body } = event.body;
      expect(JSON.parse(record.value)).to.deep.equal({ atMs: event.atMs, ...body });
      const [word = ''] = type.split('.');
      expect(record.topic).to.equal(`${prefix}.${TOPICS[word] ?? 'conversation'}`);
    }
  });

  it('gives connections up over which nothing comes any more, as after a router has forgotten them', async function () {
    const publisher = await open();
    publishAttempts(publisher, 1, 1);
    await publisher.flush(signal);
    proxy.hurt('hang');
    publishAttempts(publisher, 2, 3);
    await until(() => proxy.hits > 0);
    await proxy.heal(); // who connects anew gets through; what was connected is dead
    publishAttempts(publisher, 4, 4);
    await publisher.flush(AbortSignal.timeout(30_000));
    await publisher.close();
    expect(attemptsOf(await records())).to.deep.equal(upTo(4));
  });

  it('survives bytes that are not Kafka\'s, on connections that wait and in answers', async function () {
    const publisher = await open();
    publishAttempts(publisher, 1, 1);
    await publisher.flush(signal);
    proxy.hurt('garbage');
    publishAttempts(publisher, 2, 20);
    await until(() => !publisher.healthy);
    await proxy.heal();
    await publisher.flush(AbortSignal.timeout(30_000));
    await publisher.close();
    expect(attemptsOf(await records())).to.deep.equal(upTo(20));
  });

  it('is what the gateway opens when it is configured', async () => {
    const loaded = loadConfig({
      file: null, readFile: () => '', env: {
        VG_ASTERISK_PASSWORD: 'x', VG_TENANTS_DIRECTORY: folder, VG_LOG_LEVEL: 'silent', VG_NODE_NAME: 'node-7',
        VG_EVENTS_KIND: 'kafka', VG_EVENTS_KAFKA_BROKERS: broker.address, VG_EVENTS_KAFKA_TOPIC_PREFIX: prefix, VG_EVENTS_KAFKA_SPOOL_DIRECTORY: folder,
      },
    });
    if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
    const config = loaded.value;
    const events = await openEvents(config, openRuntime(config), signal);
    expect(events.published, 'nobody takes anything out of Kafka').to.equal(null);
    const event = aDomainEvent();
    events.publisher.publish(event);
    await events.close();
    expect((await records()).map(({ headers }) => headers['ce_id'])).to.deep.equal([event.id]);
  });

  it('keeps events on the disk while the broker is gone, and delivers them in order when it is back', async () => {
    const publisher = await open();
    publishAttempts(publisher, 1, 10);
    await publisher.flush(signal);
    await broker.kill();
    publishAttempts(publisher, 11, 200);
    let refused = '';
    await publisher.flush(AbortSignal.timeout(3000)).catch((error: unknown) => { refused = (error as { code: string }).code; });
    expect(refused).to.equal('events/timeout');
    expect(publisher.healthy).to.equal(false);
    expect(metrics.value('events_spool_bytes')).to.be.greaterThan(0);
    await broker.restart();
    await publisher.flush(AbortSignal.timeout(20_000));
    expect(publisher.healthy).to.equal(true);
    expect(logger.messages('error')).to.deep.equal(['Kafka does not take events: they wait on the disk']);
    await publisher.close();
    expect(attemptsOf(await records())).to.deep.equal(upTo(200));
    expect(metrics.value('events_spool_bytes')).to.equal(0);
  });

  it('closes within its time while the broker is frozen, and the next start delivers what waits', async () => {
    const publisher = await open();
    publishAttempts(publisher, 1, 10);
    await publisher.flush(signal);
    broker.freeze();
    try {
      publishAttempts(publisher, 11, 50);
      await publisher.close();
    } finally {
      broker.unfreeze();
    }
    expect(logger.messages('warn')).to.include('Kafka did not take all events before the end: they wait on the disk for the next start');
    const next = await open();
    publishAttempts(next, 51, 60);
    await next.flush(signal);
    await next.close();
    expect(attemptsOf(await records())).to.deep.equal(upTo(60));
  });

  it('sets an event aside that Kafka will never take, and goes on with the others', async () => {
    const publisher = await open();
    publishAttempts(publisher, 1, 3);
    const huge = aDomainEvent({ type: 'llm.responded', turnIndex: 1, text: 'x'.repeat(2 * MIB_BYTES), actions: [], firstTextMs: null, totalMs: 1 });
    publisher.publish(huge);
    publishAttempts(publisher, 4, 6);
    await publisher.flush(AbortSignal.timeout(20_000));
    await publisher.close();
    expect(attemptsOf((await records()).filter(({ topic }) => topic.endsWith('.conversation')))).to.deep.equal(upTo(6));
    expect(await readFile(join(folder, 'refused-node-1.ndjson'), 'utf8')).to.include(huge.id);
    expect(metrics.value('provider_errors_total', { code: 'events/refused' })).to.equal(1);
  });
});
