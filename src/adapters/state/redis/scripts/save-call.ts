import type { RedisScript } from '../redis-connection.js';

/**
 * One step of a call: checks version, fence, end and events, then writes state, transcript, index and outbox. All or nothing,
 * so that an event is in the outbox exactly when the state changed. Answers the new version, or -1: refused, nothing changed.
 *
 * KEYS 1 call, 2 transcript, 3 ledger, 4 outbox, 5 live, 6 live of tenant
 * ARGV 1 expected version, 2 fence, 3 owner, 4 state, 5 last sequence, 6 started (ms since 1970), 7 record (JSON),
 *      8 transcript (JSON, empty: leave), 9 call id, 10 tenant, 11 prefix of live-of-node,
 *      12 life of call, 13 of transcript, 14 of routing, 15 of outbox (ms), then per event: sequence, JSON
 */
export const SAVE_CALL: RedisScript = {
  name: 'save-call',
  lua: `
local FIRST_EVENT = 16
local stored = redis.call('HMGET', KEYS[1], 'version', 'fence', 'state', 'sequence', 'owner')
local version = tonumber(stored[1] or 0)
local fence = tonumber(ARGV[2])
if version ~= tonumber(ARGV[1]) then return -1 end
if fence < tonumber(stored[2] or 0) then return -1 end
if stored[3] == 'ended' and ARGV[4] ~= 'ended' then return -1 end
if ARGV[FIRST_EVENT] then
  local last = math.max(tonumber(stored[4] or 0), tonumber(redis.call('HGET', KEYS[3], ARGV[2]) or 0))
  if tonumber(ARGV[FIRST_EVENT]) <= last then return -1 end
  for at = FIRST_EVENT, #ARGV, 2 do
    redis.call('XADD', KEYS[4], '*', 'event', ARGV[at + 1])
    last = ARGV[at]
  end
  redis.call('PEXPIRE', KEYS[4], ARGV[15])
  redis.call('HSET', KEYS[3], ARGV[2], last)
end
redis.call('HSET', KEYS[1], 'version', version + 1, 'fence', ARGV[2], 'owner', ARGV[3], 'state', ARGV[4], 'sequence', ARGV[5],
  'started', ARGV[6], 'tenant', ARGV[10], 'record', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[12])
redis.call('PEXPIRE', KEYS[3], ARGV[12])
if ARGV[8] ~= '' then redis.call('SET', KEYS[2], ARGV[8], 'PX', ARGV[13]) end
if stored[5] and stored[5] ~= ARGV[3] then redis.call('ZREM', ARGV[11] .. stored[5], ARGV[9]) end
for _, row in ipairs({KEYS[5], KEYS[6], ARGV[11] .. ARGV[3]}) do
  if ARGV[4] == 'ended' then
    redis.call('ZREM', row, ARGV[9])
  else
    redis.call('ZADD', row, ARGV[6], ARGV[9])
    redis.call('PEXPIRE', row, ARGV[14])
  end
end
return version + 1
`,
};
