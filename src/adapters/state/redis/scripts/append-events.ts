import type { RedisScript } from '../redis-connection.js';

/**
 * Events of one owner of a call without a state of their own. The ledger knows which of them are stored, so that a
 * repetition adds nothing; if the owner still has the call, its record learns the sequence, as a write. Answers how many were added.
 *
 * KEYS 1 call, 2 ledger, 3 outbox
 * ARGV 1 fence, 2 life of call, 3 of outbox (ms), then per event: sequence, JSON
 */
export const APPEND_EVENTS: RedisScript = {
  name: 'append-events',
  lua: `
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
local added = 0
for at = 4, #ARGV, 2 do
  if tonumber(ARGV[at]) > last then
    redis.call('XADD', KEYS[3], '*', 'event', ARGV[at + 1])
    last = tonumber(ARGV[at])
    added = added + 1
  end
end
if added == 0 then return 0 end
redis.call('PEXPIRE', KEYS[3], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], last)
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local stored = redis.call('HMGET', KEYS[1], 'fence', 'sequence')
if stored[1] == ARGV[1] then
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('HSET', KEYS[1], 'sequence', math.max(last, tonumber(stored[2])))
end
return added
`,
};
