import { expect } from 'chai';
import { RedisCallClaims } from '../../../../src/adapters/state/redis/redis-call-claims.js';
import { RedisCallRepository } from '../../../../src/adapters/state/redis/redis-call-repository.js';
import { PortError } from '../../../../src/application/ports/port-error.js';
import { callId, tenantId } from '../../../../src/domain/shared/ids.js';
import { callClaimsContract } from '../../../contract/call-claims.contract.js';
import { callRepositoryContract } from '../../../contract/call-repository.contract.js';
import { aCallRecord } from '../../../support/builders/a-call.js';
import { aDomainEvent } from '../../../support/builders/a-domain-event.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { until } from '../../../support/until.js';
import { RedisWorld } from './redis-world.js';

describe('RedisCallRepository', () => {
  const signal = new AbortController().signal;
  let world: RedisWorld;
  const logger = new RecordingLogger();

  const open = async (): Promise<RedisCallRepository> => new RedisCallRepository({ connection: await world.connect(), keys: world.keys, logger });

  before(async () => { world = await RedisWorld.start(); });
  after(async () => { await world.stop(); });
  beforeEach(async () => { await world.empty(); });
  afterEach(async () => { await world.disconnect(); });

  callRepositoryContract(async () => ({ repository: await open(), pass: (ms) => world.age(ms), told: () => world.told() }));

  callClaimsContract(async () => {
    const connection = await world.connect();
    return { repository: new RedisCallRepository({ connection, keys: world.keys, logger }), claims: new RedisCallClaims(connection, world.keys) };
  });

  it('is one state for all nodes: exactly one of many writers on many connections is accepted', async () => {
    const nodes = await Promise.all([open(), open(), open(), open()]);
    await nodes[0].save({ record: aCallRecord(), events: [] }, 0, signal);
    const writes = await Promise.allSettled(Array.from({ length: 400 }, (_, index) => nodes[index % 4]!.save(
      { record: aCallRecord({ lastSequence: 2, metadata: { writer: String(index) } }), events: [aDomainEvent({ type: 'dtmf.received' }, { sequence: 2 })] }, 1, new AbortController().signal)));
    expect(writes.filter((write) => write.status === 'fulfilled')).to.have.lengthOf(1);
    expect(await world.told()).to.have.lengthOf(1);
  });

  it('leaves no key that would stay for ever', async () => {
    const repository = await open();
    const record = aCallRecord({ transcript: [{ speaker: 'caller', text: 'a', heard: 'a', interrupted: false }] });
    await repository.save({ record, events: [aDomainEvent(undefined, { sequence: 1 })] }, 0, signal);
    await new RedisCallClaims(await world.connect(), world.keys).claim(record.callId, 1, 'node-2', signal);
    await repository.append([{ callId: callId('refused'), fence: 0, events: [aDomainEvent(undefined, { sequence: 1 })] }], signal);
    await repository.append([{ callId: record.callId, fence: 2, events: [aDomainEvent(undefined, { sequence: 2 })] }], signal);
    await repository.touch([record.callId], signal);
    expect(await world.inspector.dbsize()).to.be.greaterThan(5);
    expect(await world.immortal()).to.deep.equal([]);
  });

  it('finds living calls in a long row, past those that have expired, and forgets these', async () => {
    const repository = await open();
    for (let number = 0; number < 450; number += 1) {
      const record = aCallRecord({ callId: callId(`call-${String(number).padStart(3, '0')}`), startedAt: new Date(Date.UTC(2026, 10, 20) + number * 1000).toISOString(), tenantId: tenantId(number % 10 === 0 ? 'rare' : 'common') });
      await repository.save({ record, events: [] }, 0, signal);
      if (number >= 400) await world.inspector.del(world.keys.callPrefix + record.callId);
    }
    const live = await repository.findLive({}, 1000, signal);
    expect(live).to.have.lengthOf(400);
    expect(live[0]?.record.callId).to.equal('call-399');
    expect(await world.inspector.zcard(world.keys.live)).to.equal(400);
    expect((await repository.findLive({ ownerNode: 'node-1', tenantId: tenantId('rare') }, 3, signal)).map(({ record }) => record.callId)).to.deep.equal(['call-390', 'call-380', 'call-370']);
  });

  it('says so when a record cannot be read, and still lists the others', async () => {
    const repository = await open();
    await repository.save({ record: aCallRecord(), events: [] }, 0, signal);
    await repository.save({ record: aCallRecord({ callId: callId('odd') }), events: [] }, 0, signal);
    await world.inspector.hset(`${world.keys.callPrefix}odd`, 'record', '{"from":"another version"}');
    const error: unknown = await repository.find(callId('odd'), signal).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(PortError).and.to.include({ code: 'call-repository/unreadable', kind: 'protocol' });
    expect(await repository.findLive({}, 10, signal)).to.have.lengthOf(1);
    expect(logger.messages('warn')).to.include('the record of a call cannot be read');
  });

  it('works on a server that has forgotten the scripts', async () => {
    const repository = await open();
    await repository.save({ record: aCallRecord(), events: [] }, 0, signal);
    await world.inspector.script('FLUSH');
    expect(await repository.save({ record: aCallRecord({ state: 'answered' }), events: [] }, 1, signal)).to.equal(2);
  });
});

describe('RedisConnection', () => {
  const signal = new AbortController().signal;
  let world: RedisWorld;

  beforeEach(async () => { world = await RedisWorld.start({ durable: true }); });
  afterEach(async () => { await world.stop(); });

  const failure = async (work: Promise<unknown>): Promise<PortError> => {
    const error: unknown = await work.then(() => null, (thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(PortError);
    return error as PortError;
  };

  it('fails a command that a frozen server does not answer, which carries it out when it thaws', async () => {
    const repository = new RedisCallRepository({ connection: await world.connect(), keys: world.keys, logger: new RecordingLogger() });
    const step = { record: aCallRecord(), events: [aDomainEvent(undefined, { sequence: 1 })] };
    await repository.save({ record: aCallRecord({ callId: callId('before') }), events: [] }, 0, signal); // the server knows the script
    world.server.freeze();
    expect(await failure(repository.save(step, 0, signal))).to.include({ code: 'call-repository/timeout', kind: 'timeout' });
    world.server.thaw();
    expect((await repository.find(step.record.callId, signal))?.version, 'the ghost').to.equal(1);
    expect(await failure(repository.save(step, 0, signal)), 'its repetition').to.include({ code: 'call-repository/conflict' });
    expect(await world.told()).to.have.lengthOf(1);
  });

  it('fails at once while the server is gone, and works when it is back', async () => {
    const connection = await world.connect();
    const repository = new RedisCallRepository({ connection, keys: world.keys, logger: new RecordingLogger() });
    await repository.save({ record: aCallRecord(), events: [] }, 0, signal);
    await world.kill();
    expect(await failure(repository.find(aCallRecord().callId, signal))).to.include({ code: 'call-repository/unavailable', kind: 'unavailable' });
    await until(() => !connection.ready);
    await world.server.restart();
    await until(() => connection.ready);
    expect((await repository.find(aCallRecord().callId, signal))?.version).to.equal(1);
  });

  it('opens without a server: it may come later', async () => {
    await world.kill();
    const connection = await world.connect();
    expect(connection.ready).to.equal(false);
    expect(connection.status).to.equal('away, reconnecting');
  });
});
