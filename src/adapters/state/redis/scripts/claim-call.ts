import type { RedisScript } from '../redis-connection.js';

/**
 * Gives a living call to another node if its fence is still the expected one. Answers what FIND_CALL answers, for the winner
 * also when it asks again; nil: refused.
 *
 * KEYS 1 call, 2 transcript, 3 live, 4 ledger
 * ARGV 1 expected fence, 2 new owner, 3 call id, 4 prefix of live-of-node, 5 life of call, 6 of transcript, 7 of routing (ms)
 */
export const CLAIM_CALL: RedisScript = {
  name: 'claim-call',
  lua: `
local stored = redis.call('HMGET', KEYS[1], 'fence', 'owner', 'state', 'started')
local expected = tonumber(ARGV[1])
if not stored[1] or stored[3] == 'ended' then return nil end
local fence = tonumber(stored[1])
if fence ~= expected + 1 or stored[2] ~= ARGV[2] then
  if fence ~= expected then return nil end
  redis.call('HSET', KEYS[1], 'fence', expected + 1, 'owner', ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
  redis.call('PEXPIRE', KEYS[4], ARGV[5])
  if stored[2] ~= ARGV[2] then redis.call('ZREM', ARGV[4] .. stored[2], ARGV[3]) end
  for _, row in ipairs({KEYS[3], ARGV[4] .. ARGV[2]}) do
    redis.call('ZADD', row, stored[4], ARGV[3])
    redis.call('PEXPIRE', row, ARGV[7])
  end
end
return {redis.call('HGETALL', KEYS[1]), redis.call('GET', KEYS[2])}
`,
};
