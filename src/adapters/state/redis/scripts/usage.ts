import type { RedisScript } from '../redis-connection.js';

/**
 * Lua, for scripts that count: what a call counts takes the place of what it counted before. A count is JSON: `day` it began on, and
 * `add`, fields of the day's sums with whole numbers.
 */
export const COUNT_CALL = `
local function applied(prefix, lifeMs, count, sign)
  local sums = prefix .. count.day
  for field, number in pairs(count.add) do redis.call('HINCRBY', sums, field, string.format('%.0f', sign * number)) end
  if tonumber(lifeMs) > 0 then redis.call('PEXPIRE', sums, lifeMs) else redis.call('DEL', sums) end
end
local function countCall(counted, countedLifeMs, prefix, lifeMs, id, count)
  local before = redis.call('HGET', counted, id)
  if before == count then return end
  if before then applied(prefix, lifeMs, cjson.decode(before), -1) end
  applied(prefix, lifeMs, cjson.decode(count), 1)
  redis.call('HSET', counted, id, count)
  redis.call('PEXPIRE', counted, countedLifeMs)
end
`;

/**
 * Kept calls of a day with what they count so far: answers id, summary and count (empty: none) of each.
 *
 * KEYS 1 index of the tenant, 2 what calls of the day counted
 * ARGV 1 ids below, 2 and from this one on, 3 at most so many, 4 prefix of summaries
 */
export const READ_COUNTED: RedisScript = {
  name: 'read-counted',
  lua: `
local found = {}
for _, id in ipairs(redis.call('ZREVRANGEBYLEX', KEYS[1], '(' .. ARGV[1], '[' .. ARGV[2], 'LIMIT', 0, ARGV[3])) do
  found[#found + 1] = id
  found[#found + 1] = redis.call('GET', ARGV[4] .. id) or ''
  found[#found + 1] = redis.call('HGET', KEYS[2], id) or ''
end
return found
`,
};

/**
 * Counts calls of one day that nobody has counted anew since they were read.
 *
 * KEYS 1 what calls of the day counted
 * ARGV 1 its life, 2 prefix of the tenant's sums, 3 their life (ms), 4 new mark of the day (`open`: counted through while it went on,
 *      `closed`: after it, empty: leave),
 *      then per call: id, its count as it was read, its count as it should be
 */
export const COUNT_CALLS: RedisScript = {
  name: 'count-calls',
  lua: `${COUNT_CALL}
for at = 5, #ARGV, 3 do
  if (redis.call('HGET', KEYS[1], ARGV[at]) or '') == ARGV[at + 1] then countCall(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[at], ARGV[at + 2]) end
end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'mark', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return 1
`,
};

/** KEYS hashes. ARGV 1 field. Answers the field of each. */
export const READ_MARKS: RedisScript = {
  name: 'read-marks',
  lua: `
local found = {}
for at, key in ipairs(KEYS) do found[at] = redis.call('HGET', key, ARGV[1]) or '' end
return found
`,
};

/** KEYS sums of days. Answers fields and numbers of each. */
export const READ_SUMS: RedisScript = {
  name: 'read-sums',
  lua: `
local found = {}
for at, key in ipairs(KEYS) do found[at] = redis.call('HGETALL', key) end
return found
`,
};
