import type { RedisScript } from '../redis-connection.js';

/** KEYS 1 the key of the hashes. ARGV 1 a key to take when there is none, 2 its life (ms). Answers the key. */
export const HASH_KEY: RedisScript = {
  name: 'refusals-hash-key',
  lua: `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('GET', KEYS[1])
`,
};

/** KEYS 1 the refusal. ARGV 1 its life (ms). */
export const ADD_REFUSAL: RedisScript = { name: 'add-refusal', lua: 'redis.call(\'SET\', KEYS[1], 1, \'PX\', ARGV[1])\nreturn 1\n' };

/** KEYS 1 the refusal. Answers 1: it is there. */
export const HAS_REFUSAL: RedisScript = { name: 'has-refusal', lua: 'return redis.call(\'EXISTS\', KEYS[1])\n' };
