import type { Redis } from 'ioredis';
import { RedisConnection, type RedisConnectionOptions } from '../../../../src/adapters/state/redis/redis-connection.js';
import { RedisKeys } from '../../../../src/adapters/state/redis/redis-keys.js';
import type { DomainEvent } from '../../../../src/domain/shared/domain-event.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { RedisServer, type RedisServerOptions } from '../../../support/servers/redis-server.js';

/** A Redis of one suite, and a look into it past the code under test. */
export class RedisWorld {
  readonly keys = new RedisKeys('vg:');
  private readonly opened: RedisConnection[] = [];

  private client: Redis | null = null;

  private constructor(readonly server: RedisServer) {}

  static async start(options: RedisServerOptions = {}): Promise<RedisWorld> {
    return new RedisWorld(await RedisServer.start(options));
  }

  get inspector(): Redis {
    this.client ??= this.server.connect();
    return this.client;
  }

  /** As a power cut would; `server.restart` brings it back. */
  async kill(): Promise<void> {
    await this.stopLooking();
    await this.server.kill();
  }

  /** Like the inspector, closed by `disconnect`, at the end of each test. Patient unless told otherwise: how busy this machine is is rarely what is tested. */
  async connect(deviations: Partial<RedisConnectionOptions> = {}): Promise<RedisConnection> {
    const connection = await RedisConnection.open({
      url: this.server.url, commandTimeoutMs: 10_000, connectTimeoutMs: 5000, logger: silentLogger, random: () => 0, ...deviations,
    }, new AbortController().signal);
    this.opened.push(connection);
    return connection;
  }

  async disconnect(): Promise<void> {
    await this.stopLooking();
    for (const connection of this.opened.splice(0)) await connection.close();
  }

  async empty(): Promise<void> {
    await this.inspector.flushall();
  }

  /** Events in the outbox, in order. */
  async told(): Promise<readonly DomainEvent[]> {
    const entries = await this.inspector.xrange(this.keys.outbox, '-', '+');
    return entries.map(([, fields]) => JSON.parse(fields[1] ?? '') as DomainEvent);
  }

  /** Makes everything in it `ms` older, as time would. */
  async age(ms: number): Promise<void> {
    for (const key of await this.inspector.keys('*')) {
      if (key === this.keys.nodes || key.startsWith(this.keys.slotsPrefix)) await this.ageScores(key, ms);
      if (key.startsWith(this.keys.outboundRatePrefix)) await this.ageScores(key, ms);
      if (key.startsWith(this.keys.outboundPrefix)) await this.ageReservations(key, ms);
      const leftMs = await this.inspector.pttl(key);
      if (leftMs >= 0) await this.inspector.pexpire(key, leftMs - ms);
    }
  }

  /** As if what was called today had been called yesterday. */
  async turnDay(): Promise<void> {
    const today = Math.floor(Date.now() / 86_400_000);
    for (const key of await this.inspector.keys(`${this.keys.outboundDayPrefix}*`)) await this.inspector.rename(key, key.replace(String(today), String(today - 1)));
    for (const key of await this.inspector.keys(`${this.keys.outboundPrefix}*`)) {
      for (const [callId, lease] of Object.entries(await this.inspector.hgetall(key))) await this.inspector.hset(key, callId, lease.replace(`:${today}:`, `:${today - 1}:`));
    }
  }

  /** Keys that would stay for ever. */
  async immortal(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const key of await this.inspector.keys('*')) if (await this.inspector.pttl(key) === -1) found.push(key);
    return found;
  }

  async stop(): Promise<void> {
    await this.disconnect();
    await this.server.stop();
  }

  private async stopLooking(): Promise<void> {
    const { client } = this;
    this.client = null;
    await client?.quit();
  }

  private async ageReservations(key: string, ms: number): Promise<void> {
    for (const [callId, lease] of Object.entries(await this.inspector.hgetall(key))) {
      const [lapses, started, ...rest] = lease.split(':');
      await this.inspector.hset(key, callId, [Number(lapses) - ms, Number(started) - ms, ...rest].join(':'));
    }
  }

  private async ageScores(key: string, ms: number): Promise<void> {
    for (const member of await this.inspector.zrange(key, '0', '-1')) await this.inspector.zincrby(key, -ms, member);
  }
}
