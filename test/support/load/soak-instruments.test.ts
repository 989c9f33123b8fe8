import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { ratiosOf, type Stretch } from '../../../bench/overload/overload-report.js';
import { redisLeftovers } from '../../../bench/soak/redis-leftovers.js';
import { slopeOf } from '../../../bench/soak/slope.js';
import { RedisServer } from '../servers/redis-server.js';
import { Histogram } from './histogram.js';

const HOUR_MS = 3_600_000;

describe('slopeOf', () => {
  it('finds what each call adds, whatever swings around it', () => {
    const points = Array.from({ length: 100 }, (_, call) => [call, 5000 + 120 * call + (call % 2 === 0 ? 3000 : -3000)] as const);
    expect(slopeOf(points)).to.be.closeTo(120, 5);
  });

  it('is none for one moment, or none at all', () => {
    expect(slopeOf([])).to.equal(0);
    expect(slopeOf([[7, 100], [7, 900]])).to.equal(0);
  });
});

describe('redisLeftovers', () => {
  let server: RedisServer;
  let redis: Redis;
  before(async () => { server = await RedisServer.start(); redis = server.connect(); });
  after(async () => { redis.disconnect(); await server.stop(); });
  beforeEach(() => redis.flushall());

  it('lets stay what ends by itself in the time it may take', async () => {
    await redis.hset('vg:call:1', 'state', 'ended');
    await redis.pexpire('vg:call:1', HOUR_MS);
    await redis.set('vg:transcript:1', '[]', 'PX', HOUR_MS / 2);
    await redis.hset('vg:ledger:1', '1', '7');
    await redis.pexpire('vg:ledger:1', HOUR_MS);
    expect(await redisLeftovers(redis, { gatewayThere: false })).to.deep.equal({ keys: 3, calls: 1, callsNotEnded: 0, outboxEvents: 0, leaked: [] });
  });

  it('finds what never ends, ends too late, or should be gone', async () => {
    await redis.hset('vg:call:1', 'state', 'talking');
    await redis.set('vg:transcript:1', '[]', 'PX', 2 * HOUR_MS);
    await redis.zadd('vg:slots:tenant', 1, '1');
    await redis.zadd('vg:live', 1, '1');
    await redis.set('vg:unheard-of', '1', 'PX', 1000);
    await redis.xadd('vg:outbox', '*', 'event', '{}');
    const { leaked, ...counts } = await redisLeftovers(redis, { gatewayThere: true });
    expect(counts).to.deep.equal({ keys: 6, calls: 1, callsNotEnded: 1, outboxEvents: 1 });
    expect(leaked.map((line) => line.replace(/\d{7} ms/u, 'N ms'))).to.deep.equal([
      'vg:call:1 (never ends)', 'vg:live (should be gone)', 'vg:outbox (never ends)', 'vg:slots:tenant (should be gone)',
      'vg:transcript:1 (ends in N ms, later than 1800000)', 'vg:unheard-of (should be gone)',
    ]);
  });

  it('takes nodes and leads for left over when no gateway is there', async () => {
    await redis.zadd('vg:nodes', 1, 'node-1');
    await redis.pexpire('vg:nodes', HOUR_MS);
    await redis.set('vg:outbox:leader', 'x', 'PX', 6000);
    expect((await redisLeftovers(redis, { gatewayThere: true })).leaked).to.deep.equal([]);
    expect((await redisLeftovers(redis, { gatewayThere: false })).leaked).to.have.lengthOf(2);
  });
});

describe('ratiosOf', () => {
  const stretch = (flooded: boolean, latencyMs: number): Stretch => {
    const histogram = new Histogram(1, 10_000);
    histogram.record(latencyMs);
    return { flooded, refusedPerS: 0, turnLatencyMs: { totalMs: histogram.summary() }, cpuMsPerS: 0, mainThreadBusy: 0, eventLoopDelayMs: { p50: 0, p99: 0, max: 0 }, loadAverage: 0 };
  };

  it('compares typical rounds: one that others disturbed does not count', () => {
    const stretches = [stretch(false, 700), stretch(true, 770), stretch(false, 700), stretch(true, 5000), stretch(false, 700), stretch(true, 700)];
    expect(ratiosOf(stretches).p95).to.be.closeTo(1.1, 0.01);
  });

  it('is no number when one side was never measured', () => {
    expect(ratiosOf([stretch(true, 700)]).p50).to.be.NaN;
  });
});
