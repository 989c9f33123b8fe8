import type { RedisScript } from '../redis-connection.js';

/**
 * One call. Answers its fields (name, value, …) and the transcript (JSON or nil); no fields: unknown.
 *
 * KEYS 1 call, 2 transcript
 */
export const FIND_CALL: RedisScript = {
  name: 'find-call',
  lua: `return {redis.call('HGETALL', KEYS[1]), redis.call('GET', KEYS[2])}`,
};

/**
 * Living calls of a row, newest first, at most so many; answers a list of what FIND_CALL answers. Those whose record has
 * expired leave the row. The row is read to its end only when few of it are wanted.
 *
 * KEYS 1 row
 * ARGV 1 limit, 2 prefix of calls, 3 prefix of transcripts, 4 tenant (empty: any)
 */
export const FIND_LIVE: RedisScript = {
  name: 'find-live',
  lua: `
local PAGE = 200
local found, gone, from = {}, {}, 0
while #found < tonumber(ARGV[1]) do
  local ids = redis.call('ZREVRANGE', KEYS[1], from, from + PAGE - 1)
  for _, id in ipairs(ids) do
    local tenant = redis.call('HGET', ARGV[2] .. id, 'tenant')
    if not tenant then
      gone[#gone + 1] = id
    elseif (ARGV[4] == '' or ARGV[4] == tenant) and #found < tonumber(ARGV[1]) then
      found[#found + 1] = {redis.call('HGETALL', ARGV[2] .. id), redis.call('GET', ARGV[3] .. id)}
    end
  end
  if #ids < PAGE then break end
  from = from + PAGE
end
for _, id in ipairs(gone) do redis.call('ZREM', KEYS[1], id) end
return found
`,
};
