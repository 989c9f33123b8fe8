import type { Redis } from 'ioredis';
import { BACKLOG_MS } from '../../src/application/ports/live-feed.js';
import { LIFETIMES, RedisKeys } from '../../src/adapters/state/redis/redis-keys.js';
import { USAGE_DAYS } from '../../src/domain/call/call-usage.js';
import { INCARNATION_MS } from '../../src/adapters/state/redis/redis-node-registry.js';

const SCAN_COUNT = 1000;
const PREFIX = 'vg:';
const KEYS = new RedisKeys(PREFIX);
const DAY_MS = 24 * 3_600_000;
/** `history.retentionDays`, and the day it takes to give back what has expired. */
const HISTORY_MS = 31 * DAY_MS;

/** What may stay when no call is up and no node is left, and for how long at most. Rows of living calls, slots, leads and nodes may not. */
const MAY_STAY: readonly (readonly [prefix: string, lifeMs: number])[] = [
  [KEYS.callPrefix, LIFETIMES.callMs],
  [KEYS.transcriptPrefix, LIFETIMES.transcriptMs],
  [KEYS.ledgerPrefix, LIFETIMES.callMs],
  [KEYS.incarnationPrefix, INCARNATION_MS],
  [KEYS.pulse, DAY_MS],
  [KEYS.outbox, LIFETIMES.outboxMs],
  [KEYS.historyIndexPrefix, HISTORY_MS],
  [KEYS.historyUsagePrefix, (USAGE_DAYS + 1) * DAY_MS],
  [KEYS.historyCountedPrefix, HISTORY_MS],
  [KEYS.historyPrefix, HISTORY_MS],
  [KEYS.feedOfTenantPrefix, BACKLOG_MS],
  [KEYS.feedOfAll, BACKLOG_MS],
];
/** And these while the gateway is still there. */
const OF_A_NODE: readonly (readonly [prefix: string, lifeMs: number])[] = [[KEYS.nodes, INCARNATION_MS], [KEYS.outboxLeader, DAY_MS]];
/** They begin as a key does that may stay. */
const NEVER = [KEYS.outboxUnreadable];

export interface RedisLeftovers {
  readonly keys: number;
  /** Records of calls, all of which have ended. */
  readonly calls: number;
  /** Records of calls that have not ended. */
  readonly callsNotEnded: number;
  /** Events nobody has carried on. */
  readonly outboxEvents: number;
  /** Keys that should be gone, or without an end, or with one too late: `name (why)`. */
  readonly leaked: readonly string[];
}

/** Looks at every key. `gatewayThere`: what belongs to a running node is not left over. */
export async function redisLeftovers(redis: Redis, { gatewayThere }: { readonly gatewayThere: boolean }): Promise<RedisLeftovers> {
  const names = await allKeys(redis);
  const mayStay = gatewayThere ? [...OF_A_NODE, ...MAY_STAY] : MAY_STAY;
  const leaked: string[] = [];
  let [calls, callsNotEnded] = [0, 0];
  for (const name of names) {
    const why = faultOf(name, await redis.pttl(name), mayStay);
    if (why !== null) leaked.push(`${name} (${why})`);
    if (!name.startsWith(KEYS.callPrefix)) continue;
    calls += 1;
    if (await redis.hget(name, 'state') !== 'ended') callsNotEnded += 1;
  }
  return { keys: names.length, calls, callsNotEnded, outboxEvents: await redis.xlen(KEYS.outbox), leaked };
}

/** @param ttlMs of PTTL: -1 never ends, -2 has ended meanwhile. */
function faultOf(name: string, ttlMs: number, mayStay: readonly (readonly [string, number])[]): string | null {
  if (ttlMs === -2) return null;
  const allowed = NEVER.includes(name) ? undefined : mayStay.find(([prefix]) => (prefix.endsWith(':') ? name.startsWith(prefix) : name === prefix));
  if (allowed === undefined) return 'should be gone';
  if (ttlMs === -1) return 'never ends';
  return ttlMs > allowed[1] ? `ends in ${ttlMs} ms, later than ${allowed[1]}` : null;
}

async function allKeys(redis: Redis): Promise<readonly string[]> {
  const names = new Set<string>();
  let cursor = '0';
  do {
    const [next, some] = await redis.scan(cursor, 'COUNT', SCAN_COUNT);
    for (const name of some) names.add(name);
    cursor = next;
  } while (cursor !== '0');
  return [...names].sort();
}
