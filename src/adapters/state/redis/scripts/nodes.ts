import { NODE_BEAT_INTERVAL_MS, NODE_TTL_MS } from '../../../../application/ports/node-registry.js';
import type { RedisScript } from '../redis-connection.js';

const PULSE_LIFE_MS = 24 * 3_600_000;

/* In all of these: KEYS 1 nodes, 2 pulse, 3 incarnation of the node. Time is the server's, so that nodes need not agree on it. */

/**
 * When nobody at all was heard of for a while, Redis was away, not every node dead: all who were alive when it began are
 * given time to speak again. Without it the first node to come back would take the calls of all others over.
 */
const REVIVE = `
local PULSE_MS_MAX = ${2 * NODE_BEAT_INTERVAL_MS}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local pulse = tonumber(redis.call('GET', KEYS[2]) or now)
if now - pulse > PULSE_MS_MAX then
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', pulse), '+inf')) do
    redis.call('ZADD', KEYS[1], 'GT', now + ${NODE_TTL_MS}, name)
  end
end
redis.call('SET', KEYS[2], string.format('%.0f', now), 'PX', ${PULSE_LIFE_MS})
`;

/**
 * ARGV 1 name, 2 life of a node, 3 life of an incarnation (ms). Answers the new incarnation: higher than the last one, and
 * after a loss of data still higher than any before, as it is not below the time.
 */
export const JOIN_NODE: RedisScript = {
  name: 'join-node',
  lua: `${REVIVE}
local incarnation = math.max(now, tonumber(redis.call('GET', KEYS[3]) or 0) + 1)
redis.call('SET', KEYS[3], string.format('%.0f', incarnation), 'PX', ARGV[3])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return incarnation
`,
};

/** ARGV 1 name, 2 life of a node, 3 life of an incarnation (ms), 4 incarnation. Answers 1, or 0: a newer one has the name. */
export const BEAT_NODE: RedisScript = {
  name: 'beat-node',
  lua: `${REVIVE}
local known = redis.call('GET', KEYS[3])
if known and tonumber(known) > tonumber(ARGV[4]) then return 0 end
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[3])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`,
};

/** ARGV 1 name, 2 incarnation. */
export const LEAVE_NODE: RedisScript = {
  name: 'leave-node',
  lua: `
if tonumber(redis.call('GET', KEYS[3]) or 0) ~= tonumber(ARGV[2]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
`,
};

/** KEYS 1 nodes, 2 pulse. ARGV 1 prefix of incarnations. Answers name, incarnation, name, …; those taken for dead leave. */
export const ALIVE_NODES: RedisScript = {
  name: 'alive-nodes',
  lua: `${REVIVE}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local alive = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  alive[#alive + 1] = name
  alive[#alive + 1] = redis.call('GET', ARGV[1] .. name) or '0'
end
return alive
`,
};
