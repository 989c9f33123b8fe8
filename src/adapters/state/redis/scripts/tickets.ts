import type { RedisScript } from '../redis-connection.js';

/** KEYS 1 ticket. ARGV 1 identity, 2 life (ms). */
export const ISSUE_TICKET: RedisScript = { name: 'issue-ticket', lua: "return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX')" };

/** KEYS 1 ticket. Answers the identity, once; nil from then on. */
export const REDEEM_TICKET: RedisScript = { name: 'redeem-ticket', lua: "return redis.call('GETDEL', KEYS[1])" };
