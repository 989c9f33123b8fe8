import type { RedisScript } from '../redis-connection.js';
import { COUNT_CALL } from './usage.js';

/**
 * What is new of one call: its summary, events and their words, which end before the rest.
 *
 * KEYS 1 index of the tenant, 2 summary, 3 events, 4 words, 5 what calls of its day counted
 * ARGV 1 call id, 2 life of the call, 3 of its words, 4 of the index (ms), 5 summary (JSON, empty: leave), 6 least id that is kept,
 *      7 what it counts (empty: leave), 8 prefix of the tenant's sums, 9 their life (ms),
 *      then per event: JSON without words, id, words (JSON, empty: none)
 */
export const APPEND_HISTORY: RedisScript = {
  name: 'append-history',
  lua: `${COUNT_CALL}
if ARGV[5] ~= '' then
  redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[2])
  redis.call('ZADD', KEYS[1], 0, ARGV[1])
  redis.call('ZREMRANGEBYLEX', KEYS[1], '-', '(' .. ARGV[6])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if ARGV[7] ~= '' then countCall(KEYS[5], ARGV[4], ARGV[8], ARGV[9], ARGV[1], ARGV[7]) end
for at = 10, #ARGV, 3 do
  redis.call('RPUSH', KEYS[3], ARGV[at])
  if ARGV[at + 2] ~= '' and tonumber(ARGV[3]) > 0 then redis.call('HSET', KEYS[4], ARGV[at + 1], ARGV[at + 2]) end
end
redis.call('PEXPIRE', KEYS[3], ARGV[2])
if tonumber(ARGV[3]) > 0 then redis.call('PEXPIRE', KEYS[4], ARGV[3]) end
return 1
`,
};

/**
 * Calls of a tenant, newest first: answers id and summary of each. Those whose summary has ended leave the index.
 *
 * KEYS 1 index
 * ARGV 1 ids below, 2 and from this one on, 3 at most so many, 4 prefix of summaries
 */
export const LIST_HISTORY: RedisScript = {
  name: 'list-history',
  lua: `
local found = {}
for _, id in ipairs(redis.call('ZREVRANGEBYLEX', KEYS[1], '(' .. ARGV[1], '[' .. ARGV[2], 'LIMIT', 0, ARGV[3])) do
  local summary = redis.call('GET', ARGV[4] .. id)
  if not summary then redis.call('ZREM', KEYS[1], id) end
  found[#found + 1] = id
  found[#found + 1] = summary or ''
end
return found
`,
};

/** KEYS 1 summary, 2 events, 3 words. Answers the summary (JSON or nil), the events (JSON each), and id and words of those that have any. */
export const FIND_HISTORY: RedisScript = {
  name: 'find-history',
  lua: `return {redis.call('GET', KEYS[1]), redis.call('LRANGE', KEYS[2], 0, -1), redis.call('HGETALL', KEYS[3])}`,
};

/** KEYS 1 index, 2 summary, 3 events, 4 words. ARGV 1 call id. Answers whether there was a summary. */
export const ERASE_HISTORY: RedisScript = {
  name: 'erase-history',
  lua: `
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[3], KEYS[4])
return redis.call('DEL', KEYS[2])
`,
};
