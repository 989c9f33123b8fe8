import type { RedisScript } from '../redis-connection.js';

/**
 * Events of owners of calls without a state of their own. The ledger knows which of them are stored, so that a repetition adds
 * nothing; where the owner still has the call, its record learns the sequence, as a write. Answers how many were added.
 *
 * KEYS 1 outbox, then per testimony: call, ledger
 * ARGV 1 life of outbox (ms), then per testimony: fence, life of ledger (ms), number of events, and per event: sequence, JSON
 */
export const APPEND_EVENTS: RedisScript = {
  name: 'append-events',
  lua: `
local total, at = 0, 2
for key = 2, #KEYS, 2 do
  local call, ledger, fence, life, count = KEYS[key], KEYS[key + 1], ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local last = tonumber(redis.call('HGET', ledger, fence) or 0)
  local added = 0
  at = at + 3
  for event = at, at + 2 * count - 2, 2 do
    if tonumber(ARGV[event]) > last then
      redis.call('XADD', KEYS[1], '*', 'event', ARGV[event + 1])
      last = tonumber(ARGV[event])
      added = added + 1
    end
  end
  at = at + 2 * count
  if added > 0 then
    redis.call('HSET', ledger, fence, last)
    redis.call('PEXPIRE', ledger, life)
    local stored = redis.call('HMGET', call, 'fence', 'sequence')
    if stored[1] == fence then
      redis.call('HINCRBY', call, 'version', 1)
      redis.call('HSET', call, 'sequence', math.max(last, tonumber(stored[2])))
    end
    total = total + added
  end
end
if total > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return total
`,
};
