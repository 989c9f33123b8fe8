import type { RedisScript } from '../redis-connection.js';

/**
 * Prolongs living calls with their transcripts, ledgers and rows.
 *
 * KEYS 1 live
 * ARGV 1 life of call, 2 of transcript, 3 of routing (ms), 4 prefix of calls, 5 of transcripts, 6 of ledgers, 7 of live-of-node,
 *      8 of live-of-tenant, then call ids
 */
export const TOUCH_CALLS: RedisScript = {
  name: 'touch-calls',
  lua: `
local rows = {[KEYS[1]] = true}
for at = 9, #ARGV do
  local id = ARGV[at]
  local stored = redis.call('HMGET', ARGV[4] .. id, 'state', 'owner', 'tenant')
  if stored[1] and stored[1] ~= 'ended' then
    redis.call('PEXPIRE', ARGV[4] .. id, ARGV[1])
    redis.call('PEXPIRE', ARGV[5] .. id, ARGV[2])
    redis.call('PEXPIRE', ARGV[6] .. id, ARGV[1])
    rows[ARGV[7] .. stored[2]] = true
    rows[ARGV[8] .. stored[3]] = true
  end
end
for row in pairs(rows) do redis.call('PEXPIRE', row, ARGV[3]) end
return 0
`,
};
