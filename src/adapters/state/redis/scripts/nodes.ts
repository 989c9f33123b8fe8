import type { RedisScript } from '../redis-connection.js';

/* In all of these: KEYS 1 nodes, 2 incarnation of the node. Time is the server's, so that nodes need not agree on it. */

/**
 * ARGV 1 name, 2 life of a node, 3 life of an incarnation (ms). Answers the new incarnation: higher than the last one, and
 * after a loss of data still higher than any before, as it is not below the time.
 */
export const JOIN_NODE: RedisScript = {
  name: 'join-node',
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local incarnation = math.max(now, tonumber(redis.call('GET', KEYS[2]) or 0) + 1)
redis.call('SET', KEYS[2], string.format('%.0f', incarnation), 'PX', ARGV[3])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return incarnation
`,
};

/** ARGV 1 name, 2 life of a node, 3 life of an incarnation (ms), 4 incarnation. Answers 1, or 0: a newer one has the name. */
export const BEAT_NODE: RedisScript = {
  name: 'beat-node',
  lua: `
local known = redis.call('GET', KEYS[2])
if known and tonumber(known) > tonumber(ARGV[4]) then return 0 end
local time = redis.call('TIME')
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[3])
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`,
};

/** ARGV 1 name, 2 incarnation. */
export const LEAVE_NODE: RedisScript = {
  name: 'leave-node',
  lua: `
if tonumber(redis.call('GET', KEYS[2]) or 0) ~= tonumber(ARGV[2]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
`,
};

/** KEYS 1 nodes. ARGV 1 prefix of incarnations. Answers name, incarnation, name, …; those taken for dead leave. */
export const ALIVE_NODES: RedisScript = {
  name: 'alive-nodes',
  lua: `
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] * 1000 + math.floor(time[2] / 1000))
local alive = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  alive[#alive + 1] = name
  alive[#alive + 1] = redis.call('GET', ARGV[1] .. name) or '0'
end
return alive
`,
};
