import { expect } from 'chai';
import { RedisCallRepository } from '../../../../src/adapters/state/redis/redis-call-repository.js';
import { RedisCallSlots } from '../../../../src/adapters/state/redis/redis-call-slots.js';
import { RedisNodeRegistry } from '../../../../src/adapters/state/redis/redis-node-registry.js';
import { RedisOutbox } from '../../../../src/adapters/state/redis/redis-outbox.js';
import { RedisTickets } from '../../../../src/adapters/state/redis/redis-tickets.js';
import { NODE_TTL_MS } from '../../../../src/application/ports/node-registry.js';
import { callId, tenantId } from '../../../../src/domain/shared/ids.js';
import { RedisRecordingRefusals } from '../../../../src/adapters/state/redis/redis-recording-refusals.js';
import { recordingRefusalsContract } from '../../../contract/recording-refusals.contract.js';
import { callSlotsContract } from '../../../contract/call-slots.contract.js';
import { nodeRegistryContract } from '../../../contract/node-registry.contract.js';
import { ticketsContract } from '../../../contract/tickets.contract.js';
import { outboxContract } from '../../../contract/outbox.contract.js';
import { aDomainEvent } from '../../../support/builders/a-domain-event.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { until } from '../../../support/until.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { RedisWorld } from './redis-world.js';

describe('leases in Redis', () => {
  const signal = new AbortController().signal;
  let world: RedisWorld;

  before(async () => { world = await RedisWorld.start(); });
  after(async () => { await world.stop(); });
  beforeEach(async () => { await world.empty(); });
  afterEach(async () => { await world.disconnect(); });

  describe('RedisRecordingRefusals', () => {
    recordingRefusalsContract(async () => new RedisRecordingRefusals(await world.connect(), world.keys));

    it('is shared between nodes, holds no number, and leaves no key for ever', async () => {
      await new RedisRecordingRefusals(await world.connect(), world.keys).add(tenantId('north-bank'), '+4930777001', signal);
      expect(await new RedisRecordingRefusals(await world.connect(), world.keys).has(tenantId('north-bank'), '4930777001', signal)).to.equal(true);
      expect((await world.inspector.keys('*')).join()).to.not.contain('777001');
      expect(await world.immortal()).to.deep.equal([]);
    });
  });

  describe('RedisNodeRegistry', () => {
    nodeRegistryContract(async () => ({ registry: new RedisNodeRegistry(await world.connect(), world.keys), pass: (ms) => world.age(ms) }));

    it('gives a higher incarnation even when Redis has lost its data, and leaves no key for ever', async () => {
      const registry = new RedisNodeRegistry(await world.connect(), world.keys);
      const first = await registry.join('node-1', signal);
      await world.empty();
      await until(() => Date.now() > first); // an incarnation is not below the time
      expect(await registry.join('node-1', signal)).to.be.greaterThan(first);
      await registry.beat('node-2', 7, signal);
      expect(await world.immortal()).to.deep.equal([]);
    });
  });

  describe('RedisNodeRegistry after Redis was away', () => {
    it('takes nobody for dead before it had time to speak again, and then those who have not', async () => {
      const registry = new RedisNodeRegistry(await world.connect(), world.keys);
      const incarnation = await registry.join('node-1', signal);
      await registry.join('node-2', signal);
      await world.age(60_000);
      await world.inspector.set(world.keys.pulse, Date.now() - 60_000, 'PX', 60_000);
      expect((await registry.alive(signal)).map(({ name }) => name), 'a minute later').to.deep.equal(['node-1', 'node-2']);
      await world.age(0.6 * NODE_TTL_MS);
      await registry.beat('node-1', incarnation, signal);
      await world.age(0.6 * NODE_TTL_MS);
      expect((await registry.alive(signal)).map(({ name }) => name)).to.deep.equal(['node-1']);
    });
  });

  describe('RedisCallSlots', () => {
    callSlotsContract(async () => ({ slots: new RedisCallSlots(await world.connect(), world.keys), pass: (ms) => world.age(ms) }));

    it('grants exactly 2 of 2,000 asks at once over 4 connections when 2 is the limit, and leaves no key for ever', async () => {
      const nodes = await Promise.all(Array.from({ length: 4 }, async () => new RedisCallSlots(await world.connect({ commandTimeoutMs: 10_000 }), world.keys)));
      const asked = await Promise.all(Array.from({ length: 2000 }, (_, call) => nodes[call % 4]!.acquire(
        { tenantId: tenantId('north-bank'), callId: callId(`call-${call}`) }, 2, new AbortController().signal)));
      expect(asked.filter(Boolean)).to.have.lengthOf(2);
      expect(await nodes[0]!.inUse(tenantId('north-bank'), signal)).to.equal(2);
      expect(await world.immortal()).to.deep.equal([]);
    });
  });

  describe('RedisOutbox over a Redis that is full', () => {
    afterEach(async () => { await world.inspector.config('SET', 'maxmemory', '0'); });

    it('can be led, read and emptied, so that it gets room again, while no step is taken any more', async () => {
      const connection = await world.connect();
      const outbox = new RedisOutbox({ connection, keys: world.keys, logger: silentLogger, metrics: new RecordingMetrics() });
      const repository = new RedisCallRepository({ connection, keys: world.keys, logger: silentLogger });
      const add = (sequence: number): Promise<void> => repository.append([{ callId: callId('a'), fence: 0, events: [aDomainEvent(undefined, { callId: callId('a'), sequence })] }], signal);
      await add(1);
      await world.inspector.config('SET', 'maxmemory-policy', 'noeviction');
      await world.inspector.config('SET', 'maxmemory', '1');
      expect(await add(2).then(() => null, (error: unknown) => error)).to.include({ code: 'call-repository/unavailable' });
      expect(await outbox.lead('one', 6000, signal), 'the first to lead').to.equal(true);
      expect(await outbox.lead('one', 6000, signal), 'the lead prolonged').to.equal(true);
      const entries = await outbox.read('one', 10, signal);
      expect(entries).to.have.length(1);
      await outbox.remove(entries.map(({ position }) => position), signal);
      expect(await outbox.depth(signal)).to.equal(0);
      expect(await outbox.lead('one', 6000, signal), 'over an empty outbox').to.equal(true);
      await world.inspector.config('SET', 'maxmemory', '0');
      await add(2);
      expect(await outbox.depth(signal)).to.equal(1);
    });
  });

  describe('RedisTickets', () => {
    const clock = new VirtualClock({ wallStart: new Date().toISOString() });
    const tickets = async (): Promise<RedisTickets> => new RedisTickets({ connection: await world.connect(), keys: world.keys, clock });

    ticketsContract(async () => ({
      tickets: await tickets(), elsewhere: await tickets(), wallTime: () => clock.wallTime(),
      pass: async (ms) => {
        clock.advance(ms);
        await world.age(ms);
      },
    }));

    it('leaves nothing in Redis that could be used, nor for ever', async () => {
      const ticket = await (await tickets()).issue({ subject: 'ada', role: 'viewer', tenantId: tenantId('north-bank'), expiresAt: '2099-01-01T00:00:00.000Z' }, signal);
      expect((await world.inspector.keys('*')).filter((key) => key.includes(ticket))).to.deep.equal([]);
      expect(await world.immortal()).to.deep.equal([]);
    });
  });

  describe('RedisOutbox', () => {
    const logger = new RecordingLogger();
    const metrics = new RecordingMetrics();
    const open = async (): Promise<{ readonly outbox: RedisOutbox; readonly repository: RedisCallRepository }> => {
      const connection = await world.connect({ commandTimeoutMs: 2000 });
      return { outbox: new RedisOutbox({ connection, keys: world.keys, logger, metrics }), repository: new RedisCallRepository({ connection, keys: world.keys, logger }) };
    };

    outboxContract(async () => {
      const { outbox, repository } = await open();
      return { outbox, pass: (ms) => world.age(ms), add: (...events) => repository.append([{ callId: callId('a'), fence: 0, events }], signal) };
    });

    it('sets an entry aside that nobody can read, so that the others go on', async () => {
      const { outbox, repository } = await open();
      await outbox.lead('relay-1', 10_000, signal);
      await world.inspector.xadd(world.keys.outbox, '*', 'event', '{"from":"another version"}');
      await repository.append([{ callId: callId('a'), fence: 0, events: [aDomainEvent(undefined, { sequence: 1 })] }], signal);
      expect(await outbox.read('relay-1', 10, signal)).to.have.lengthOf(1);
      expect(await outbox.depth(signal)).to.equal(1);
      expect(await world.inspector.xlen(world.keys.outboxUnreadable)).to.equal(1);
      expect(metrics.value('events_lost_total', { reason: 'unreadable' })).to.equal(1);
      expect(logger.messages('error')).to.deep.equal(['an event in the outbox cannot be read and was set aside']);
      expect(await world.immortal()).to.deep.equal([]);
    });
  });
});
