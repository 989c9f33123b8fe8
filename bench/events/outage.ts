import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KafkaEventPublisher } from '../../src/adapters/events/kafka/kafka-event-publisher.js';
import { PinoLogger } from '../../src/adapters/runtime/pino-logger.js';
import { PrometheusMetrics } from '../../src/adapters/runtime/prometheus-metrics.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import type { MetricLabels, MetricName, Metrics } from '../../src/application/ports/metrics.js';
import type { DomainEvent } from '../../src/domain/shared/domain-event.js';
import { KafkaBroker } from '../../test/support/servers/kafka-broker.js';
import { callStories } from './call-stories.js';
import { CompressedClock } from './compressed-clock.js';

const MIB_BYTES = 1024 * 1024;
const PREFIX = 'voicegw';
const BEAT_MS = 20;
const WARM_UP_EVENTS = 2400;
const FLUSH_MS = 60_000;
const IDLE_MS = 2000;
const CONSUMER_MS = 60_000;

export interface OutageOptions {
  readonly events: number;
  /** As the gateway's clock sees it. */
  readonly eventsPerSecond: number;
  /** How much faster than the wall that clock runs. */
  readonly compression: number;
}

export interface OutageReport {
  readonly events: number;
  /** How long Kafka was away, by the gateway's clock. */
  readonly awayS: number;
  /** What a sample consumer counted, having dropped repetitions by id. */
  readonly consumer: { readonly records: number; readonly events: number; readonly duplicates: number; readonly outOfOrder: number; readonly missing: number; readonly foreign: number };
  readonly rssGrowthMb: number;
  readonly spoolMb: number;
  /** The longest that one call of `publish` took while Kafka was away. */
  readonly publishMaxMs: number;
  readonly publishMeanUs: number;
  /** Events per second from the first that Kafka took again to the last that had waited. */
  readonly catchUpPerS: number;
  /** From the broker's return to the last that had waited. */
  readonly caughtUpAfterS: number;
  /** Of one core, connected and idle. */
  readonly idleCpuPercent: number;
}

/** Counts on beside the real ones what the report needs. */
class WatchedMetrics implements Metrics {
  pending = 0;
  spoolBytesMax = 0;
  private fallingSinceMs: number | null = null;

  constructor(private readonly inner: Metrics) {}

  beginWatch(): void {
    this.fallingSinceMs = null;
  }

  /** When the number of waiting events first fell since `beginWatch`. */
  get firstTakenMs(): number {
    if (this.fallingSinceMs === null) throw new Error('no event was taken');
    return this.fallingSinceMs;
  }

  count(name: MetricName, labels?: MetricLabels, by?: number): void {
    this.inner.count(name, labels, by);
  }

  gauge(name: MetricName, value: number, labels?: MetricLabels): void {
    if (name === 'events_spool_bytes') this.spoolBytesMax = Math.max(this.spoolBytesMax, value);
    if (name === 'events_pending') {
      if (value < this.pending) this.fallingSinceMs ??= performance.now();
      this.pending = value;
    }
    this.inner.gauge(name, value, labels);
  }

  observe(name: MetricName, seconds: number, labels?: MetricLabels): void {
    this.inner.observe(name, seconds, labels);
  }
}

/** Kafka is killed, events go on, Kafka comes back: what became of them, and what it cost. */
export async function measureOutage(options: OutageOptions): Promise<OutageReport> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'vg-events-bench-'));
  const broker = await KafkaBroker.start();
  try {
    return await measureWith(broker, folder, options);
  } finally {
    await broker.stop();
    await rm(folder, { recursive: true });
  }
}

async function measureWith(broker: KafkaBroker, folder: string, { events, eventsPerSecond, compression }: OutageOptions): Promise<OutageReport> {
  const logger = PinoLogger.open({ level: 'silent', fields: {} });
  const metrics = new WatchedMetrics(new PrometheusMetrics({ logger }));
  const clock = new CompressedClock(new SystemClock({ onFault: (error) => { throw error; } }), compression);
  const publisher = await KafkaEventPublisher.open({
    brokers: [broker.address], topicPrefix: PREFIX, createTopics: true, tls: null, sasl: null,
    directory: path.join(folder, 'spool'), nodeName: 'node-1', spoolBytesMax: 1024 * MIB_BYTES, memoryEventsMax: 2000, queueEventsMax: 100_000, clock, logger, metrics,
  });
  const stories = callStories(WARM_UP_EVENTS + events);
  for (let count = 0; count < WARM_UP_EVENTS; count += 1) publishNext(stories, publisher);
  await publisher.flush(AbortSignal.timeout(FLUSH_MS));
  const idleCpuPercent = await idleCpu();

  await broker.kill();
  const baseline = process.memoryUsage.rss();
  const away = performance.now();
  const outage = await publishAtRate({ stories, publisher, events, eventsPerSecond: eventsPerSecond * compression });
  const awayS = ((performance.now() - away) / 1000) * compression;
  metrics.beginWatch(); // before the broker is back: what it takes while it starts counts too
  await broker.restart();
  const back = performance.now();
  await untilDelivered(publisher);
  const end = performance.now();
  await publisher.close();

  return {
    events: WARM_UP_EVENTS + events, awayS, consumer: await consume(broker, folder),
    rssGrowthMb: (outage.rssMaxBytes - baseline) / MIB_BYTES, spoolMb: metrics.spoolBytesMax / MIB_BYTES,
    publishMaxMs: outage.publishMaxMs, publishMeanUs: outage.publishMeanUs,
    catchUpPerS: events / ((end - metrics.firstTakenMs) / 1000), caughtUpAfterS: (end - back) / 1000, idleCpuPercent,
  };
}

function publishNext(stories: Generator<DomainEvent, void>, publisher: KafkaEventPublisher): number {
  const { value: event } = stories.next();
  if (event === undefined) throw new Error('there are no more events');
  const before = performance.now();
  publisher.publish(event);
  return performance.now() - before;
}

interface Rate {
  readonly stories: Generator<DomainEvent, void>;
  readonly publisher: KafkaEventPublisher;
  readonly events: number;
  /** By the wall. */
  readonly eventsPerSecond: number;
}

async function publishAtRate({ stories, publisher, events, eventsPerSecond }: Rate) {
  const begin = performance.now();
  let [published, publishMaxMs, publishMs, rssMaxBytes] = [0, 0, 0, process.memoryUsage.rss()];
  while (published < events) {
    const due = Math.min(events, Math.ceil(((performance.now() - begin) / 1000) * eventsPerSecond));
    for (; published < due; published += 1) {
      const tookMs = publishNext(stories, publisher);
      publishMs += tookMs;
      publishMaxMs = Math.max(publishMaxMs, tookMs);
    }
    rssMaxBytes = Math.max(rssMaxBytes, process.memoryUsage.rss());
    await pause(BEAT_MS);
  }
  return { publishMaxMs, publishMeanUs: (publishMs / events) * 1000, rssMaxBytes };
}

/** Without `flush`, which would cut the back-off short: the publisher finds out by itself that Kafka is back. */
async function untilDelivered(publisher: KafkaEventPublisher): Promise<void> {
  const limit = performance.now() + FLUSH_MS;
  while (publisher.waiting > 0) {
    if (performance.now() > limit) throw new Error(`${publisher.waiting} events still wait ${FLUSH_MS / 1000} s after Kafka came back`);
    await pause(BEAT_MS);
  }
}

async function idleCpu(): Promise<number> {
  await pause(IDLE_MS / 4); // what the warm-up still has to do
  const before = process.cpuUsage();
  const begin = performance.now();
  await pause(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1000 / (performance.now() - begin)) * 100;
}

async function consume(broker: KafkaBroker, folder: string): Promise<OutageReport['consumer']> {
  const own = fileURLToPath(import.meta.url);
  const program = path.resolve(path.dirname(own), `../../examples/event-consumer/main${path.extname(own)}`);
  const jsonFile = path.join(folder, 'calls.json');
  const child = spawn(process.execPath, [...process.execArgv, program, '--brokers', broker.address, '--prefix', PREFIX, '--json', jsonFile], {
    stdio: ['ignore', 'ignore', 'inherit'], timeout: CONSUMER_MS,
  });
  const [code] = await once(child, 'exit') as [number | null];
  if (code !== 0) throw new Error(`the sample consumer ended with ${String(code)}`);
  const { records, events, duplicates, outOfOrder, missing, foreign } = JSON.parse(await readFile(jsonFile, 'utf8')) as OutageReport['consumer'];
  return { records, events, duplicates, outOfOrder, missing, foreign };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
