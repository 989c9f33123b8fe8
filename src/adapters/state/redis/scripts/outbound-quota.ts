import type { RedisScript } from '../redis-connection.js';

/*
 * A tenant's reservations are a hash: call id → "lapses:started:longest:day:number" (ms of the server's clock; day: UTC days since
 * 1970). What was called on a day is a hash of its own, prefix .. day: `ms` talked, `n:<number>` calls to a number. Days are kept for
 * two, as a call that was placed at midnight may still have to be booked.
 *
 * Of each script: KEYS 1 reservations, 2 calls of the last second. ARGV 1 prefix of the day's hash, 2 call id.
 */

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day = math.floor(now / 86400000)
local function whole(number) return string.format('%.0f', number) end
local function book(of, ms)
  redis.call('HINCRBY', ARGV[1] .. of, 'ms', whole(ms))
  redis.call('PEXPIRE', ARGV[1] .. of, 172800000)
end
local function read(lease)
  local lapses, started, longest, of, number = string.match(lease, '^(%d+):(%d+):(%d+):(%d+):(.*)$')
  return {lapses = tonumber(lapses), started = tonumber(started), longest = tonumber(longest), day = of, number = number}
end
local function hold(call, lease)
  redis.call('HSET', KEYS[1], call, table.concat({whole(lease.lapses), whole(lease.started), whole(lease.longest), lease.day, lease.number}, ':'))
  redis.call('PEXPIRE', KEYS[1], 172800000)
end
local count, reserved = 0, 0
local held = redis.call('HGETALL', KEYS[1])
for at = 1, #held, 2 do
  local lease = read(held[at + 1])
  if lease.lapses <= now then
    redis.call('HDEL', KEYS[1], held[at])
    book(lease.day, math.min(lease.longest, lease.lapses - lease.started))
  else
    count = count + 1
    if lease.day == whole(day) then reserved = reserved + lease.longest end
  end
end
local own = redis.call('HGET', KEYS[1], ARGV[2])
if own then own = read(own) end
`;

/**
 * ARGV 3 number, 4 life of a reservation, 5 calls at one time, 6 calls to a number, 7 ms of a day, 8 longest call, 9 shortest, 10 calls
 * in a second, 11 retry while calls are under way (ms). Answers {1, longest ms}, or {0, which limit, ms until it may be worth asking again}.
 */
export const RESERVE_OUTBOUND: RedisScript = {
  name: 'reserve-outbound',
  lua: `${NOW}
if own then return {1, own.longest} end
local today, number, tomorrow = ARGV[1] .. whole(day), ARGV[3], (day + 1) * 86400000 - now
local longest, shortest = tonumber(ARGV[8]), math.min(tonumber(ARGV[9]), tonumber(ARGV[8]))
if count >= tonumber(ARGV[5]) then return {0, 'quota-concurrent', tonumber(ARGV[11])} end
if tonumber(redis.call('HGET', today, 'n:' .. number) or 0) >= tonumber(ARGV[6]) then return {0, 'quota-per-number', tomorrow} end
local left = tonumber(ARGV[7]) - tonumber(redis.call('HGET', today, 'ms') or 0)
if left - reserved < shortest then
  if left < shortest then return {0, 'quota-minutes-per-day', tomorrow} end
  return {0, 'quota-minutes-per-day', tonumber(ARGV[11])}
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', whole(now - 1000))
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[10]) then
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  return {0, 'quota-per-second', (tonumber(oldest[2]) or now) + 1000 - now}
end
longest = math.min(longest, left - reserved)
hold(ARGV[2], {lapses = now + ARGV[4], started = now, longest = longest, day = whole(day), number = number})
redis.call('HINCRBY', today, 'n:' .. number, 1)
redis.call('PEXPIRE', today, 172800000)
redis.call('ZADD', KEYS[2], whole(now), ARGV[2])
redis.call('PEXPIRE', KEYS[2], 2000)
return {1, longest}
`,
};

/** ARGV 3 number, 4 life of a reservation (ms), 5 longest call (ms). */
export const RENEW_OUTBOUND: RedisScript = {
  name: 'renew-outbound',
  lua: `${NOW}
own = own or {started = now, longest = tonumber(ARGV[5]), day = whole(day), number = ARGV[3]}
own.lapses = now + ARGV[4]
hold(ARGV[2], own)
return 0
`,
};

/** ARGV 3 talked (ms). */
export const SETTLE_OUTBOUND: RedisScript = {
  name: 'settle-outbound',
  lua: `${NOW}
if not own then return 0 end
redis.call('HDEL', KEYS[1], ARGV[2])
book(own.day, tonumber(ARGV[3]))
return 1
`,
};

export const RELEASE_OUTBOUND: RedisScript = {
  name: 'release-outbound',
  lua: `${NOW}
if not own then return 0 end
redis.call('HDEL', KEYS[1], ARGV[2])
local of, field = ARGV[1] .. own.day, 'n:' .. own.number
if redis.call('HINCRBY', of, field, -1) <= 0 then redis.call('HDEL', of, field) end
return 1
`,
};

/** ARGV 2 is empty. Answers {calls at this time, ms talked today}. */
export const OUTBOUND_USE: RedisScript = {
  name: 'outbound-use',
  lua: `${NOW}
return {count, tonumber(redis.call('HGET', ARGV[1] .. whole(day), 'ms') or 0)}
`,
};
