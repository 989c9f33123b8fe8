import { FileCallHistory } from '../adapters/history/file-call-history.js';
import { MemoryCallOrders } from '../adapters/state/memory/memory-call-orders.js';
import { MemoryLiveFeed } from '../adapters/state/memory/memory-live-feed.js';
import { CallArchive } from '../application/calls/call-archive.js';
import { CloseOrphans } from '../application/calls/close-orphans.js';
import { OrderCall, observed } from '../application/calls/order-call.js';
import { ReadAudit } from '../application/calls/read-audit.js';
import { HistoryWriter } from '../application/events/history-writer.js';
import { ObservedCallRepository } from '../application/events/observed-call-repository.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import type { AuditReader } from '../application/ports/audit-reader.js';
import type { CallHistory } from '../application/ports/call-history.js';
import type { AddressedOrder, CallOrders } from '../application/ports/call-orders.js';
import type { CallRepository } from '../application/ports/call-repository.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import type { LiveFeed } from '../application/ports/live-feed.js';
import type { TenantDirectory } from '../application/ports/tenant-directory.js';
import type { Config } from '../config/gateway-schema.js';
import type { OrderOutcome } from '../domain/call/call-order.js';
import type { Runtime } from './runtime.js';
import type { State } from './state.js';

/** What those who manage tenants see of calls, and how they reach them. */
export interface Management {
  /** The state of calls; what is stored through it is told to history and feed. */
  readonly repository: CallRepository;
  readonly archive: CallArchive;
  readonly feed: LiveFeed;
  readonly orderCall: OrderCall;
  readonly orders: CallOrders;
  readonly readAudit: ReadAudit;
  /** Takes the orders for calls of this node until it is closed. */
  serveOrders(handler: (addressed: AddressedOrder) => Promise<OrderOutcome>): void;
  /** Ends in the history what a process before this one has left running there, unless others could go on with it. Returns at once. */
  closeOrphans(world: { readonly tenants: Pick<TenantDirectory, 'list'>; readonly publisher: EventPublisher }): void;
  close(): Promise<void>;
}

/** `state` stays the caller's to close, after this. `audit`: what is to be read of the trail. */
export async function openManagement(config: Config, runtime: Runtime, { state, audit }: { readonly state: State; readonly audit: AuditReader }): Promise<Management> {
  const { clock, ids, metrics, log: logger } = runtime;
  const owned = new CloseStack();
  const startedAt = clock.wallTime();
  const history = await openHistory(config, runtime, state);
  if (history !== null) owned.defer('call history', () => history.close());
  const { feed, orders } = await owned.orClose(openWays(config, runtime, state, owned));
  const writer = history === null ? null : new HistoryWriter({ history, clock, metrics, logger });
  if (writer !== null) owned.defer('history writer', () => writer.close());
  const repository = new ObservedCallRepository(state.repository, { history: writer, feed });
  return {
    repository, feed,
    archive: new CallArchive({ repository, kept: history === null || writer === null ? null : { history, writer }, away: state.away, ownOnly: state.ownOnly }),
    orderCall: new OrderCall({ repository, orders, away: state.away }), orders,
    readAudit: new ReadAudit({ reader: audit, nodes: state.shared?.nodes ?? null, nodeName: config.node.name, clock, log: logger }),
    serveOrders: (handler) => { owned.defer('orders', orders.serve(config.node.name, observed(handler, { metrics, logger }))); },
    closeOrphans: (world) => {
      if (history === null || state.shared !== null) return; // the take-over does it there, where the state of those calls is
      const orphans = new CloseOrphans({ ...world, history, clock, ids, log: logger, metrics, nodeName: config.node.name, startedAt });
      owned.defer('closing of orphans', () => orphans.close());
      void orphans.begin();
    },
    close: () => owned.close(),
  };
}

async function openHistory({ history, state: { kind } }: Config, { clock, log: logger }: Runtime, { redis }: State): Promise<CallHistory | null> {
  const { retentionDays, transcriptDays, directory } = history;
  if (history.kind === 'none') return null;
  const inRedis = history.kind === 'redis' || (history.kind === 'auto' && kind === 'redis');
  if (!inRedis || redis === null) return FileCallHistory.open({ directory, retentionDays, transcriptDays, clock, logger });
  const { RedisCallHistory } = await import('../adapters/state/redis/redis-call-history.js');
  return new RedisCallHistory({ ...redis, retentionDays, transcriptDays, clock });
}

/** Between this node and those who ask: within the process, or over Redis where state is shared. */
async function openWays({ state }: Config, { clock, ids, log: logger, metrics }: Runtime, { redis }: State, owned: CloseStack): Promise<{ readonly feed: LiveFeed; readonly orders: CallOrders }> {
  const own = <Part extends { close(): Promise<void> }>(name: string, part: Part): Part => {
    owned.defer(name, () => part.close());
    return part;
  };
  if (redis === null || state.redis.url === null) {
    return { feed: own('live feed', new MemoryLiveFeed({ clock, ids, logger, metrics })), orders: own('call orders', new MemoryCallOrders(clock)) };
  }
  const [{ RedisSubscriber }, { RedisLiveFeed }, { RedisCallOrders }] = await Promise.all([
    import('../adapters/state/redis/redis-subscriber.js'), import('../adapters/state/redis/redis-live-feed.js'), import('../adapters/state/redis/redis-call-orders.js'),
  ]);
  const subscriber = own('redis channels', RedisSubscriber.open({ ...state.redis, url: state.redis.url.reveal(), logger, random: Math.random }));
  const ports = { ...redis, subscriber, clock, logger };
  return { feed: own('live feed', new RedisLiveFeed({ ...ports, metrics })), orders: own('call orders', new RedisCallOrders({ ...ports, ids })) };
}
