import { MemoryCallRepository } from '../adapters/state/memory/memory-call-repository.js';
import type { DependencyHealth } from '../application/application.js';
import { OutboxRelay } from '../application/events/outbox-relay.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import type { CallClaims } from '../application/ports/call-claims.js';
import type { CallRepository } from '../application/ports/call-repository.js';
import type { CallSlots } from '../application/ports/call-slots.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import type { NodeRegistry } from '../application/ports/node-registry.js';
import type { Config } from '../config/gateway-schema.js';
import type { Runtime } from './runtime.js';

/** What nodes that share a state know of each other. */
export interface SharedState {
  readonly claims: CallClaims;
  readonly slots: CallSlots;
  readonly nodes: NodeRegistry;
}

export interface State {
  readonly repository: CallRepository;
  /** Null: this process is alone, and its calls end with it. */
  readonly shared: SharedState | null;
  /** Null: nothing outside is needed. */
  readonly health: (() => DependencyHealth) | null;
  close(): Promise<void>;
}

/** The state of calls, and the way of their events to `publisher`, which stays the caller's to close. */
export async function openState(config: Config, runtime: Runtime, publisher: EventPublisher, signal: AbortSignal): Promise<State> {
  const { kind, redis } = config.state;
  const url = redis.url?.reveal();
  if (kind === 'memory' || url === undefined) {
    const repository = new MemoryCallRepository({ clock: runtime.clock, publisher });
    return { repository, shared: null, health: null, close: () => repository.close() };
  }
  return openRedis({ ...redis, url }, runtime, publisher, signal);
}

interface RedisSettings {
  readonly url: string;
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

async function openRedis(settings: RedisSettings, { clock, log, metrics, ids }: Runtime, publisher: EventPublisher, signal: AbortSignal): Promise<State> {
  const { RedisConnection, RedisKeys, RedisCallRepository, RedisCallClaims, RedisCallSlots, RedisNodeRegistry, RedisOutbox } = await redisAdapters();
  const owned = new CloseStack();
  const connection = await RedisConnection.open({ ...settings, logger: log, random: Math.random }, signal);
  owned.defer('redis', () => connection.close());
  const keys = new RedisKeys(settings.keyPrefix);
  const outbox = new RedisOutbox({ connection, keys, logger: log, metrics });
  const relay = new OutboxRelay({ outbox, publisher, clock, metrics, logger: log, holder: ids.next() });
  owned.defer('outbox relay', () => relay.close());
  relay.start();
  return {
    repository: new RedisCallRepository({ connection, keys, logger: log }),
    shared: { claims: new RedisCallClaims(connection, keys), slots: new RedisCallSlots(connection, keys), nodes: new RedisNodeRegistry(connection, keys) },
    // Calls go on without it, so it is told and not required.
    health: () => ({ name: 'redis', ready: connection.ready, required: false, detail: connection.status }),
    close: () => owned.close(),
  };
}

/** Loaded when needed: a node on its own knows no Redis. */
async function redisAdapters() {
  const [connection, keys, repository, claims, slots, nodes, outbox] = await Promise.all([
    import('../adapters/state/redis/redis-connection.js'), import('../adapters/state/redis/redis-keys.js'),
    import('../adapters/state/redis/redis-call-repository.js'), import('../adapters/state/redis/redis-call-claims.js'),
    import('../adapters/state/redis/redis-call-slots.js'), import('../adapters/state/redis/redis-node-registry.js'),
    import('../adapters/state/redis/redis-outbox.js'),
  ]);
  return { ...connection, ...keys, ...repository, ...claims, ...slots, ...nodes, ...outbox };
}
