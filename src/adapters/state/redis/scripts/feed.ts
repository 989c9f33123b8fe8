import type { RedisScript } from '../redis-connection.js';

/**
 * Events into the streams of their tenants and of all, under the same id, and to those who listen. Empty JSON: events of that
 * tenant are missing here.
 *
 * KEYS 1 stream of all
 * ARGV 1 prefix of the streams of tenants, 2 events kept of one, 3 of all, 4 life (ms), then per event: tenant, JSON
 */
export const PUBLISH_FEED: RedisScript = {
  name: 'publish-feed',
  lua: `
for at = 5, #ARGV, 2 do
  local stream, event = ARGV[1] .. ARGV[at], ARGV[at + 1]
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'event', event)
  if type(redis.pcall('XADD', stream, 'MAXLEN', '~', ARGV[2], id, 'event', event)) == 'table' then
    -- The clock of the server has stepped back: what is newer than now cannot be gone on from.
    redis.call('DEL', stream)
    redis.call('XADD', stream, id, 'event', event)
  end
  redis.call('XTRIM', stream, 'MINID', '~', math.max(0, tonumber(string.match(id, '^%d+')) - tonumber(ARGV[4])))
  redis.call('PEXPIRE', stream, ARGV[4])
  redis.call('PUBLISH', stream, id .. ' ' .. event)
  redis.call('PUBLISH', KEYS[1], id .. ' ' .. event)
end
return redis.call('PEXPIRE', KEYS[1], ARGV[4])
`,
};

/** What came after an id, which is the answer's first part if it is kept still. KEYS 1 stream. ARGV 1 id, 2 at most so many, the newest. */
export const READ_FEED: RedisScript = {
  name: 'read-feed',
  lua: `
local known = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
local newest = redis.call('XREVRANGE', KEYS[1], '+', #known > 0 and '(' .. ARGV[1] or '-', 'COUNT', ARGV[2])
return {#known, newest}
`,
};
