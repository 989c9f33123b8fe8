import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { PrometheusMetrics } from '../../src/adapters/runtime/prometheus-metrics.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { UlidSource } from '../../src/adapters/runtime/ulid-source.js';
import { openManagement } from '../../src/composition/management.js';
import type { Runtime } from '../../src/composition/runtime.js';
import { openState, type State } from '../../src/composition/state.js';
import type { Config } from '../../src/config/gateway-schema.js';
import { loadConfig } from '../../src/config/load-config.js';
import { callId } from '../../src/domain/shared/ids.js';
import { aCallRecord } from '../support/builders/a-call.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';
import { MemoryEventPublisher } from '../support/fakes/memory-event-publisher.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';

/** As the gateway composes it: repository, refuge, outbox and relay over one Redis. */
describe('state of calls in Redis', function stateInRedis() {
  const signal = new AbortController().signal;
  let redis: RedisServer;
  let directory: string;
  let publisher: MemoryEventPublisher;
  let state: State;
  let runtime: Runtime;

  const config = (): Config => {
    const loaded = loadConfig({ file: null, readFile: () => '', env: {
      VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: '/none', VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: redis.url, VG_STATE_REFUGE_DIRECTORY: directory,
    } });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    return loaded.value;
  };
  const step = async (call: string, sequence: number, version: number): Promise<number> => state.repository.save({
    record: aCallRecord({ callId: callId(call), lastSequence: sequence }), events: [aDomainEvent(undefined, { callId: callId(call), sequence })],
  }, version, signal);
  const told = (call: string): readonly number[] => publisher.events.filter((event) => event.callId === call).map(({ sequence }) => sequence);

  beforeEach(async () => {
    redis = await RedisServer.start({ durable: true });
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-state-'));
    publisher = new MemoryEventPublisher();
    runtime = { clock: new SystemClock({ onFault: (error) => { throw error; } }), ids: new UlidSource(), log: silentLogger, metrics: new PrometheusMetrics({ logger: silentLogger }) };
    state = await openState(config(), runtime, publisher, signal);
  });

  afterEach(async () => {
    await state.close();
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('brings events of a step to the publisher, by way of the outbox', async () => {
    expect(await step('a', 1, 0)).to.equal(1);
    expect(await step('a', 2, 1)).to.equal(2);
    await until(() => told('a').length === 2);
    expect(told('a')).to.deep.equal([1, 2]);
    expect(state.health?.()).to.include({ name: 'redis', ready: true, required: false });
  });

  it('goes on when Redis is killed, says so without calling the node unready, and tells all when it is back', async () => {
    await step('a', 1, 0);
    await redis.kill();
    await step('a', 2, 1);
    await step('b', 1, 0);
    expect(state.health?.()).to.include({ ready: false, required: false });
    expect(state.health?.().detail).to.contain('in memory: shared state is away');
    expect(await state.repository.findLive({}, 10, signal)).to.have.lengthOf(2);
    await redis.restart();
    await until(() => state.health?.().ready === true && told('a').length === 2 && told('b').length === 1);
    expect(told('a')).to.deep.equal([1, 2]);
  });

  it('lists the live calls of this node while Redis is away, and says that there may be more', async () => {
    const management = await openManagement(config(), runtime, { state, audit: { nodes: () => Promise.resolve([]) } as never });
    try {
      const list = () => management.archive.calls(aCallRecord().tenantId, { states: ['ringing'] }, { limit: 10, cursor: null }, signal);
      const ids = (calls: readonly { readonly callId: string }[]): readonly string[] => calls.map((call) => call.callId);
      const call = '01M7WD7TG00000000000000000'; // the history takes nothing but ULIDs
      await management.repository.save({ record: aCallRecord({ callId: callId(call), lastSequence: 1 }), events: [aDomainEvent(undefined, { callId: callId(call) })] }, 0, signal);
      await redis.kill();
      const { calls, partial } = await list();
      expect([ids(calls), partial]).to.deep.equal([[call], true]);
      expect(await management.archive.call(aCallRecord().tenantId, callId(call), signal)).to.deep.include({ story: null, partial: true });
      await redis.restart();
      await until(async () => (await list()).partial === undefined);
    } finally {
      await management.close();
    }
  });

  it('closes in time while Redis is away, and the next process tells what waited', async () => {
    await step('a', 1, 0);
    await until(() => told('a').length === 1);
    await redis.kill();
    await step('a', 2, 1);
    await state.close();
    await redis.restart();
    runtime = { clock: new SystemClock({ onFault: (error) => { throw error; } }), ids: new UlidSource(), log: silentLogger, metrics: new PrometheusMetrics({ logger: silentLogger }) };
    state = await openState(config(), runtime, publisher, signal);
    await until(() => told('a').includes(2));
    // The first is told again when Redis died between its telling and its removal: at least once is the promise.
    expect([...new Set(told('a'))]).to.deep.equal([1, 2]);
  });
});
