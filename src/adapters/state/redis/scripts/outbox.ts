import type { RedisScript } from '../redis-connection.js';

/** KEYS 1 leader, 2 outbox. ARGV 1 holder, 2 life of the lead, 3 of the outbox (ms). Answers 1: leads, 0: another does. */
export const LEAD_OUTBOX: RedisScript = {
  name: 'lead-outbox',
  lua: `
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
-- First: it needs no memory, and after a first write a full Redis lets the script go on. Else nobody could empty the outbox that fills it.
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
};

/** KEYS 1 leader. ARGV 1 holder. */
export const RESIGN_OUTBOX: RedisScript = {
  name: 'resign-outbox',
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
};

/** KEYS 1 leader, 2 outbox. ARGV 1 holder, 2 limit. Answers {position, fields} of the oldest, or nil: another leads. */
export const READ_OUTBOX: RedisScript = {
  name: 'read-outbox',
  lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return nil end
return redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[2])
`,
};

/** KEYS 1 outbox. ARGV positions. Answers how many were there. */
export const REMOVE_FROM_OUTBOX: RedisScript = {
  name: 'remove-from-outbox',
  lua: `return redis.call('XDEL', KEYS[1], unpack(ARGV))`,
};

/** KEYS 1 outbox, 2 unreadable. ARGV 1 position, 2 life of the unreadable (ms). Sets an entry aside, for people to look at. */
export const SET_ASIDE: RedisScript = {
  name: 'set-aside',
  lua: `
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])) do redis.call('XADD', KEYS[2], 'MAXLEN', '10000', '*', unpack(entry[2])) end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[1])
`,
};

/** KEYS 1 outbox. */
export const DEPTH_OF_OUTBOX: RedisScript = { name: 'depth-of-outbox', lua: `return redis.call('XLEN', KEYS[1])` };
