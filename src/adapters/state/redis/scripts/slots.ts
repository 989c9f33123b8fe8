import type { RedisScript } from '../redis-connection.js';

/* A tenant's slots are a sorted set of call ids, scored by the time (of the server) at which they lapse. */

/** KEYS 1 slots. ARGV 1 call id, 2 limit, 3 life of a slot (ms). Answers 1: granted, 0: full. */
export const ACQUIRE_SLOT: RedisScript = {
  name: 'acquire-slot',
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`,
};

/** KEYS slots, one per call. ARGV 1 life of a slot (ms), then call ids in the order of KEYS. */
export const RENEW_SLOTS: RedisScript = {
  name: 'renew-slots',
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for at, slots in ipairs(KEYS) do
  redis.call('ZADD', slots, now + ARGV[1], ARGV[at + 1])
  redis.call('PEXPIRE', slots, ARGV[1])
end
return 0
`,
};

/** KEYS 1 slots. ARGV 1 call id. */
export const RELEASE_SLOT: RedisScript = { name: 'release-slot', lua: `return redis.call('ZREM', KEYS[1], ARGV[1])` };

/** KEYS 1 slots. Answers how many are in use. */
export const COUNT_SLOTS: RedisScript = {
  name: 'count-slots',
  lua: `
local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), '+inf')
`,
};
