import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { DiskSpool } from '../../src/adapters/events/spool/disk-spool.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { MemoryCallRepository } from '../../src/adapters/state/memory/memory-call-repository.js';
import { RedisCallRepository } from '../../src/adapters/state/redis/redis-call-repository.js';
import { RedisConnection } from '../../src/adapters/state/redis/redis-connection.js';
import { RedisKeys } from '../../src/adapters/state/redis/redis-keys.js';
import { RefugeCallRepository } from '../../src/adapters/state/refuge/refuge-call-repository.js';
import { WaitingEvents } from '../../src/adapters/state/refuge/waiting-events.js';
import { CloseStack } from '../../src/application/lifecycle/close-stack.js';
import type { DomainEvent } from '../../src/domain/shared/domain-event.js';
import { MemoryEventPublisher } from '../../test/support/fakes/memory-event-publisher.js';
import { RecordingMetrics } from '../../test/support/fakes/recording-metrics.js';
import { silentLogger } from '../../test/support/fakes/silent-logger.js';
import { RedisServer } from '../../test/support/servers/redis-server.js';
import { Chatter, type StepTimes } from './chatter.js';

export interface OutageOptions {
  readonly calls: number;
  readonly awayS: number;
  readonly how: 'freeze' | 'kill';
}

export interface OutageReport {
  readonly events: number;
  readonly stored: number;
  readonly outOfOrder: number;
  /** Calls whose last event is stored. */
  readonly complete: number;
  /** What a step held its call up, while Redis was there, away, and being brought up to date. */
  readonly steps: { readonly before: StepTimes; readonly away: StepTimes; readonly after: StepTimes };
  /** Of the garbage collector, in the whole run: no step can be shorter than the one it falls into. */
  readonly longestCollectionMs: number;
  readonly waited: number;
  readonly upToDateAfterS: number;
  readonly rssGrowthMb: number;
}

const SETTLING_MS = 5000;
const LOOK_MS = 5;

/** One outage of a real Redis under calls that have an event a second each. */
export async function measureOutage({ calls, awayS, how }: OutageOptions): Promise<OutageReport> {
  const owned = new CloseStack();
  try {
    const server = await RedisServer.start({ durable: how === 'kill' });
    owned.defer('redis', () => server.stop());
    const { refuge, waiting, clock, metrics } = await openRefuge(server, owned);
    const collections = watchCollections(owned);
    const chatter = new Chatter({ calls, clock, metrics, repository: refuge });
    owned.defer('calls', () => { chatter.stop(); });
    await pause(SETTLING_MS);
    const before = chatter.takeTimes();
    const rssBefore = process.memoryUsage().rss;
    if (how === 'freeze') server.freeze(); else await server.kill();
    const rssMax = await watchMemory(awayS);
    const away = chatter.takeTimes();
    const waited = waiting.size;
    if (how === 'freeze') server.thaw(); else await server.restart();
    const backAt = performance.now();
    while (refuge.active) await pause(LOOK_MS);
    const upToDateAfterS = (performance.now() - backAt) / 1000;
    const after = chatter.takeTimes();
    chatter.stop();
    await chatter.settled();
    return {
      ...await judge(server, chatter), steps: { before, away, after }, longestCollectionMs: collections.longestMs(), waited, upToDateAfterS,
      rssGrowthMb: (rssMax - rssBefore) / 1e6,
    };
  } finally {
    await owned.close();
  }
}

async function openRefuge(server: RedisServer, owned: CloseStack): Promise<{ refuge: RefugeCallRepository; waiting: WaitingEvents; clock: SystemClock; metrics: RecordingMetrics }> {
  const clock = new SystemClock({ onFault: (error) => { throw error; } });
  const metrics = new RecordingMetrics();
  const keys = new RedisKeys('vg:');
  const connection = await RedisConnection.open({ url: server.url, commandTimeoutMs: 250, connectTimeoutMs: 1000, logger: silentLogger, random: Math.random }, new AbortController().signal);
  owned.defer('connection', () => connection.close());
  const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-bench-state-'));
  owned.defer('spool directory', () => rm(directory, { recursive: true, force: true }));
  const spool = await DiskSpool.open({ directory, nodeName: 'bench', bytesMax: 1e9, segmentBytes: 8e6, clock, onSyncFailed: (error) => { throw error; } });
  const waiting = new WaitingEvents({ spool, memoryEventsMax: 10_000, logger: silentLogger, metrics });
  const refuge = new RefugeCallRepository({
    shared: new RedisCallRepository({ connection, keys, logger: silentLogger }), probe: (signal) => connection.ping('call-repository', signal),
    twin: new MemoryCallRepository({ clock, publisher: null, recordsMax: 40_000, endedMax: 20_000 }), waiting, publisher: new MemoryEventPublisher(),
    patienceMs: 300_000, clock, logger: silentLogger, metrics,
  });
  owned.defer('refuge', () => refuge.close());
  return { refuge, waiting, clock, metrics };
}

function watchCollections(owned: CloseStack): { longestMs: () => number } {
  let longestMs = 0;
  const observer = new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) longestMs = Math.max(longestMs, duration); });
  observer.observe({ entryTypes: ['gc'] });
  owned.defer('gc watch', () => { observer.disconnect(); });
  return { longestMs: () => longestMs };
}

async function watchMemory(seconds: number): Promise<number> {
  let rssMax = 0;
  for (let left = seconds * 2; left > 0; left -= 1) {
    await pause(500);
    rssMax = Math.max(rssMax, process.memoryUsage().rss);
  }
  return rssMax;
}

async function judge(server: RedisServer, chatter: Chatter): Promise<Pick<OutageReport, 'events' | 'stored' | 'outOfOrder' | 'complete'>> {
  const inspector = server.connect();
  try {
    const entries = await inspector.xrange('vg:outbox', '-', '+');
    const last = new Map<string, number>();
    let outOfOrder = 0;
    for (const [, fields] of entries) {
      const event = JSON.parse(fields[1] ?? '') as DomainEvent;
      if (event.sequence !== (last.get(event.callId) ?? 0) + 1) outOfOrder += 1;
      last.set(event.callId, event.sequence);
    }
    return { events: chatter.events, stored: entries.length, outOfOrder, complete: chatter.complete(last) };
  } finally {
    inspector.disconnect();
  }
}
