import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { DiskSpool } from '../../../../src/adapters/events/spool/disk-spool.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { MemoryCallRepository } from '../../../../src/adapters/state/memory/memory-call-repository.js';
import { RedisCallRepository } from '../../../../src/adapters/state/redis/redis-call-repository.js';
import type { RedisConnection } from '../../../../src/adapters/state/redis/redis-connection.js';
import { RefugeCallRepository } from '../../../../src/adapters/state/refuge/refuge-call-repository.js';
import { WaitingEvents } from '../../../../src/adapters/state/refuge/waiting-events.js';
import { CallJournal } from '../../../../src/application/calls/call-journal.js';
import { Call, isRefusal } from '../../../../src/domain/call/call.js';
import { callId } from '../../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../../support/builders/a-call.js';
import { MemoryEventPublisher } from '../../../support/fakes/memory-event-publisher.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { SequentialIds } from '../../../support/fakes/sequential-ids.js';
import { until } from '../../../support/until.js';
import { RedisWorld } from './redis-world.js';

const CALLS = 50;
/** Events in memory; far fewer than come while Redis is away, so that the disk has its part. */
const MEMORY_EVENTS_MAX = 300;

/** A node's worth of calls that never stop, over a Redis that does. */
class Traffic {
  private readonly clock = new SystemClock({ onFault: () => undefined });
  private readonly metrics = new RecordingMetrics();
  /** Gets what goes past Redis: nothing, in outages as short as these. */
  private readonly publisher = new MemoryEventPublisher();
  private readonly ids = new SequentialIds();
  private readonly calls: { call: Call; readonly journal: CallJournal }[] = [];
  private timer: NodeJS.Timeout | null = null;
  refuge!: RefugeCallRepository;

  static async begin(world: RedisWorld, connection: RedisConnection, directory: string): Promise<Traffic> {
    const traffic = new Traffic();
    const { clock, metrics, publisher } = traffic;
    const spool = await DiskSpool.open({ directory, nodeName: 'node-1', bytesMax: 64e6, segmentBytes: 1e6, clock, onSyncFailed: (error) => { throw error; } });
    traffic.refuge = new RefugeCallRepository({
      shared: new RedisCallRepository({ connection, keys: world.keys, logger: silentLogger }), probe: (signal) => connection.ping('call-repository', signal),
      twin: new MemoryCallRepository({ clock, publisher: null }), waiting: new WaitingEvents({ spool, memoryEventsMax: MEMORY_EVENTS_MAX, logger: silentLogger, metrics }),
      publisher, patienceMs: 300_000, clock, logger: silentLogger, metrics,
    });
    traffic.start();
    return traffic;
  }

  /** Steps of all calls together so far. */
  get events(): number {
    return this.calls.reduce((sum, { call }) => sum + call.record.lastSequence, 0);
  }

  /** A few more steps, whatever shared state does. */
  async goOn(steps: number): Promise<void> {
    const from = this.events;
    await until(() => this.events >= from + steps);
  }

  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await Promise.all(this.calls.map(({ journal }) => journal.settled()));
    await until(() => !this.refuge.active); // last: on a busy machine Redis may have been missed once more while the last steps were taken
  }

  private start(): void {
    const { clock, metrics, ids, refuge: repository } = this;
    for (let number = 0; number < CALLS; number += 1) {
      const started = Call.start(aCallRecord({ callId: callId(`call-${number}`) }), { wall: '2026-11-20T12:00:00.000Z', ms: 0 });
      const { callId: id, tenantId } = started.call.record;
      const journal = new CallJournal({ clock, ids, metrics, repository, log: silentLogger, nodeName: 'node-1' }, { callId: id, tenantId, version: 0 });
      journal.enter(started);
      this.calls.push({ call: started.call, journal });
    }
    this.timer = setInterval(() => { for (const call of this.calls) this.step(call); }, 50);
  }

  private step(one: { call: Call; readonly journal: CallJournal }): void {
    const change = one.call.note({ type: 'dtmf.received' });
    if (isRefusal(change)) return;
    one.call = one.journal.enter(change) ?? one.call;
  }

  /** Every call: all its events once, in order, and its newest state. */
  async expectWhole(world: RedisWorld): Promise<void> {
    const told = new Map<string, number[]>();
    for (const { callId: id, sequence } of await world.told()) told.set(id, [...told.get(id) ?? [], sequence]);
    for (const { call: { record } } of this.calls) {
      expect(told.get(record.callId), record.callId).to.deep.equal(Array.from({ length: record.lastSequence }, (_, index) => index + 1));
      expect(await world.inspector.hget(world.keys.callPrefix + record.callId, 'sequence')).to.equal(String(record.lastSequence));
    }
    expect(await world.immortal()).to.deep.equal([]);
    expect(this.metrics.value('events_lost_total')).to.equal(0);
    expect(this.publisher.events).to.deep.equal([]);
  }
}

describe('calls while Redis is away', function outages() {
  let world: RedisWorld;
  let directory: string;
  let traffic: Traffic;

  beforeEach(async () => {
    world = await RedisWorld.start({ durable: true });
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-refuge-'));
    traffic = await Traffic.begin(world, await world.connect({ commandTimeoutMs: 250, connectTimeoutMs: 1000 }), directory);
    await traffic.goOn(200);
  });

  afterEach(async () => {
    await traffic.refuge.close();
    await world.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('go on while it is frozen, and all is there in order when it thaws', async () => {
    world.server.freeze();
    await until(() => traffic.refuge.active);
    await traffic.goOn(2000);
    world.server.thaw();
    await traffic.stop();
    await traffic.expectWhole(world);
  });

  it('go on while it is gone, and all is there in order when it is back', async () => {
    await world.kill();
    await until(() => traffic.refuge.active);
    await traffic.goOn(2000);
    await world.server.restart();
    await traffic.stop();
    await traffic.expectWhole(world);
  });

  it('go on while it comes and goes', async () => {
    for (let time = 0; time < 5; time += 1) {
      world.server.freeze();
      await until(() => traffic.refuge.active);
      await traffic.goOn(100);
      world.server.thaw();
      await traffic.goOn(100);
    }
    await traffic.stop();
    await traffic.expectWhole(world);
  });
});
