import { expect } from 'chai';
import { RedisIdempotencyKeys } from '../../../../src/adapters/state/redis/redis-idempotency-keys.js';
import { RedisOutboundQuota } from '../../../../src/adapters/state/redis/redis-outbound-quota.js';
import { DEFAULT_OUTBOUND_LIMITS } from '../../../../src/domain/outbound/outbound-settings.js';
import { callId, tenantId } from '../../../../src/domain/shared/ids.js';
import { idempotencyKeysContract } from '../../../contract/idempotency-keys.contract.js';
import { aReservation, outboundQuotaContract } from '../../../contract/outbound-quota.contract.js';
import { RedisWorld } from './redis-world.js';

describe('outbound calls in Redis', () => {
  const signal = new AbortController().signal;
  const bank = tenantId('north-bank');
  let world: RedisWorld;

  before(async () => { world = await RedisWorld.start(); });
  after(async () => { await world.stop(); });
  beforeEach(async () => { await world.empty(); });
  afterEach(async () => { await world.disconnect(); });

  describe('RedisOutboundQuota', () => {
    outboundQuotaContract(async () => ({ quota: new RedisOutboundQuota(await world.connect(), world.keys), pass: (ms) => world.age(ms), turnDay: () => world.turnDay() }));

    it('grants exactly 2 of 50 asks at once over 4 connections when 2 is the limit, and leaves no key for ever', async () => {
      const nodes = await Promise.all(Array.from({ length: 4 }, async () => new RedisOutboundQuota(await world.connect(), world.keys)));
      const grants = await Promise.all(Array.from({ length: 50 }, (_, call) => nodes[call % 4]!.reserve(aReservation(call), { ...DEFAULT_OUTBOUND_LIMITS, callsPerSecondMax: 100 }, new AbortController().signal)));
      expect(grants.filter(({ granted }) => granted)).to.have.lengthOf(2);
      expect((await nodes[0]!.use(bank, signal)).concurrent).to.equal(2);
      expect(await world.immortal()).to.deep.equal([]);
    });

    it('holds no day\'s minutes beyond the limit when many ask at once over 4 connections', async () => {
      const nodes = await Promise.all(Array.from({ length: 4 }, async () => new RedisOutboundQuota(await world.connect(), world.keys)));
      const limits = { ...DEFAULT_OUTBOUND_LIMITS, callsPerSecondMax: 1000, concurrentMax: 1000, minutesPerDayMax: 100 };
      const grants = await Promise.all(Array.from({ length: 200 }, (_, call) => nodes[call % 4]!.reserve(aReservation(call), limits, new AbortController().signal)));
      expect(grants.reduce((sum, grant) => sum + (grant.granted ? grant.durationMaxMs : 0), 0)).to.equal(100 * 60_000);
    });
  });

  describe('RedisIdempotencyKeys', () => {
    idempotencyKeysContract(async () => ({ keys: new RedisIdempotencyKeys(await world.connect(), world.keys), pass: (ms) => world.age(ms) }));

    it('keeps neither key nor request in readable form, and nothing for ever', async () => {
      await new RedisIdempotencyKeys(await world.connect(), world.keys).claim({ tenantId: bank, key: 'order 7 of Anna' }, { fingerprint: 'to +493012345678', callId: callId('call-1') }, signal);
      const [name] = await world.inspector.keys('*');
      expect(JSON.stringify([name, await world.inspector.hgetall(name!)])).not.to.match(/Anna|4930/u);
      expect(await world.immortal()).to.deep.equal([]);
    });
  });
});
