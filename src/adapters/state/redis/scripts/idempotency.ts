import type { RedisScript } from '../redis-connection.js';

/** KEYS 1 key. ARGV 1 call id, 2 digest of the request, 3 life (ms). Answers {call id, digest, 1 when it is new}. */
export const CLAIM_KEY: RedisScript = {
  name: 'claim-key',
  lua: `
local known = redis.call('HMGET', KEYS[1], 'call', 'request')
if known[1] then return {known[1], known[2], 0} end
redis.call('HSET', KEYS[1], 'call', ARGV[1], 'request', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {ARGV[1], ARGV[2], 1}
`,
};

/** KEYS 1 key. ARGV 1 call id. */
export const FORGET_KEY: RedisScript = {
  name: 'forget-key',
  lua: `
if redis.call('HGET', KEYS[1], 'call') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`,
};
