import { DiskSpool } from '../adapters/events/spool/disk-spool.js';
import type { RequestLimitsOptions } from '../adapters/http/api/limits/request-limits.js';
import { MemoryCallRepository } from '../adapters/state/memory/memory-call-repository.js';
import type { RedisConnection } from '../adapters/state/redis/redis-connection.js';
import type { RedisKeys } from '../adapters/state/redis/redis-keys.js';
import { MemoryTickets } from '../adapters/state/memory/memory-tickets.js';
import { MemoryIdempotencyKeys } from '../adapters/state/memory/memory-idempotency-keys.js';
import { MemoryOutboundQuota } from '../adapters/state/memory/memory-outbound-quota.js';
import { RefugeCallRepository } from '../adapters/state/refuge/refuge-call-repository.js';
import { WaitingEvents } from '../adapters/state/refuge/waiting-events.js';
import type { DependencyHealth } from '../application/application.js';
import { OutboxRelay } from '../application/events/outbox-relay.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import type { CallClaims } from '../application/ports/call-claims.js';
import type { CallRepository } from '../application/ports/call-repository.js';
import type { CallSlots } from '../application/ports/call-slots.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import type { IdempotencyKeys } from '../application/ports/idempotency-keys.js';
import type { NodeRegistry } from '../application/ports/node-registry.js';
import type { Tickets } from '../application/ports/tickets.js';
import type { OutboundQuota } from '../application/ports/outbound-quota.js';
import type { Config } from '../config/gateway-schema.js';
import { authorityOf } from './authority.js';
import type { Runtime } from './runtime.js';

/** Calls that the twin of Redis keeps: those of this node, and while Redis is away those that have ended meanwhile. */
const TWIN_CALLS_MAX = 40_000;
const TWIN_ENDED_MAX = 20_000;
const SEGMENT_BYTES = 8 * 1024 * 1024;

/** What nodes that share a state know of each other. */
export interface SharedState {
  readonly claims: CallClaims;
  readonly slots: CallSlots;
  readonly nodes: NodeRegistry;
}

export interface State {
  readonly repository: CallRepository;
  /** Whether nothing can be known of the calls of other nodes now. */
  readonly away: () => boolean;
  /** Whether lists of running calls have those of this node alone now: also for a while after Redis is back. */
  readonly ownOnly: () => boolean;
  /** Null: this process is alone, and its calls end with it. */
  readonly shared: SharedState | null;
  /** What else uses the same Redis; null without one. It is closed with the state. */
  readonly redis: { readonly connection: RedisConnection; readonly keys: RedisKeys } | null;
  readonly tickets: Tickets;
  /** Where nodes count the requests of the API together; null: this one is alone. */
  readonly requestCounts: RequestLimitsOptions['shared'];
  readonly quota: OutboundQuota;
  readonly keys: IdempotencyKeys;
  /** Null: nothing outside is needed. */
  readonly health: (() => DependencyHealth) | null;
  close(): Promise<void>;
}

/** The state of calls, and the way of their events to `publisher`, which stays the caller's to close. */
export async function openState(config: Config, runtime: Runtime, publisher: EventPublisher, signal: AbortSignal): Promise<State> {
  const { kind, redis: { url }, callTtlMs: ttlMs, transcriptTtlMs } = config.state;
  // Configuration makes sure that Redis has an address.
  if (kind === 'redis' && url !== null) return openRedis(config, runtime, { publisher, url: url.reveal() }, signal);
  const repository = new MemoryCallRepository({ clock: runtime.clock, publisher, ttlMs, transcriptTtlMs });
  return {
    repository, away: () => false, ownOnly: () => false, shared: null, redis: null, tickets: new MemoryTickets(runtime.clock), requestCounts: null,
    quota: new MemoryOutboundQuota(runtime.clock), keys: new MemoryIdempotencyKeys(runtime.clock), health: null, close: () => repository.close(),
  };
}

async function openRedis(config: Config, runtime: Runtime, { publisher, url }: { readonly publisher: EventPublisher; readonly url: string }, signal: AbortSignal): Promise<State> {
  const {
    RedisConnection, RedisKeys, LIFETIMES, RedisCallRepository, RedisCallClaims, RedisCallSlots, RedisNodeRegistry, RedisOutbox, RedisTickets, scriptSender,
    RedisOutboundQuota, RedisIdempotencyKeys,
  } = await redisAdapters();
  const { clock, log, metrics, ids } = runtime;
  const { redis, callTtlMs: callMs, transcriptTtlMs: transcriptMs } = config.state;
  const owned = new CloseStack();
  const connection = await RedisConnection.open({ ...redis, url, tlsAuthority: authorityOf(redis.tlsAuthority), logger: log, random: Math.random }, signal);
  owned.defer('redis', () => connection.close());
  const keys = new RedisKeys(`${redis.keyPrefix}:`);
  const lifetimes = { ...LIFETIMES, callMs, transcriptMs };
  const relay = new OutboxRelay({ outbox: new RedisOutbox({ connection, keys, logger: log, metrics }), publisher, clock, metrics, logger: log, holder: ids.next() });
  owned.defer('outbox relay', () => relay.close());
  relay.start();
  const shared = new RedisCallRepository({ connection, keys, logger: log, lifetimes });
  const repository = await owned.orClose(openRefuge(config, runtime, { shared, publisher, probe: (probing) => connection.ping('call-repository', probing) }));
  owned.defer('call state', () => repository.close());
  return {
    repository, away: () => repository.away, ownOnly: () => repository.active,
    shared: { claims: new RedisCallClaims(connection, keys, lifetimes), slots: new RedisCallSlots(connection, keys), nodes: new RedisNodeRegistry(connection, keys) },
    redis: { connection, keys },
    tickets: new RedisTickets({ connection, keys, clock }),
    requestCounts: { send: scriptSender(connection, 'rate-limits'), prefix: keys.ratePrefix },
    quota: new RedisOutboundQuota(connection, keys), keys: new RedisIdempotencyKeys(connection, keys),
    // Calls go on without it, so it is told and not required.
    health: () => ({ name: 'redis', ready: connection.ready && !repository.active, required: false, detail: `${connection.status}; state of calls: ${repository.status}` }),
    close: () => owned.close(),
  };
}

interface SharedRepository {
  readonly shared: CallRepository;
  readonly publisher: EventPublisher;
  readonly probe: (signal: AbortSignal) => Promise<void>;
}

async function openRefuge(config: Config, { clock, log, metrics }: Runtime, { shared, publisher, probe }: SharedRepository): Promise<RefugeCallRepository> {
  const { refuge: { directory, memoryEventsMax, spoolBytesMax, patienceMs }, callTtlMs: ttlMs, transcriptTtlMs } = config.state;
  const spool = await DiskSpool.open({
    directory, nodeName: config.node.name, bytesMax: spoolBytesMax, segmentBytes: Math.min(SEGMENT_BYTES, spoolBytesMax), clock,
    onSyncFailed: (error) => { log.warn('events that wait for redis are not safely on the disk', {}, error); },
  });
  return new RefugeCallRepository({
    shared, probe, publisher, patienceMs, clock, logger: log, metrics,
    twin: new MemoryCallRepository({ clock, publisher: null, ttlMs, transcriptTtlMs, recordsMax: TWIN_CALLS_MAX, endedMax: TWIN_ENDED_MAX }),
    waiting: new WaitingEvents({ spool, memoryEventsMax, logger: log, metrics }),
  });
}

/** Loaded when needed: a node on its own knows no Redis. */
async function redisAdapters() {
  const [connection, keys, repository, claims, slots, nodes, outbox, tickets, sender, quota, idempotency] = await Promise.all([
    import('../adapters/state/redis/redis-connection.js'), import('../adapters/state/redis/redis-keys.js'),
    import('../adapters/state/redis/redis-call-repository.js'), import('../adapters/state/redis/redis-call-claims.js'),
    import('../adapters/state/redis/redis-call-slots.js'), import('../adapters/state/redis/redis-node-registry.js'),
    import('../adapters/state/redis/redis-outbox.js'), import('../adapters/state/redis/redis-tickets.js'), import('../adapters/state/redis/script-sender.js'),
    import('../adapters/state/redis/redis-outbound-quota.js'), import('../adapters/state/redis/redis-idempotency-keys.js'),
  ]);
  return { ...connection, ...keys, ...repository, ...claims, ...slots, ...nodes, ...outbox, ...tickets, ...sender, ...quota, ...idempotency };
}
