import { createHash } from 'node:crypto';
import type { RedisConnection, RedisScript } from './redis-connection.js';

type Value = number | string | boolean;

/**
 * For libraries that bring scripts of their own and want to send commands: `SCRIPT LOAD` and `EVALSHA`, no others. A script is loaded
 * here, without Redis, and sent along when Redis does not know it (any more): so it works whenever Redis does. Throws PortError `<port>/*`.
 */
export function scriptSender(connection: RedisConnection, port: string): (...command: string[]) => Promise<Value | Value[]> {
  const scripts = new Map<string, RedisScript>();
  return async (...[name = '', second = '', third = '', ...rest]) => {
    if (name === 'SCRIPT' && second === 'LOAD') {
      const digest = createHash('sha1').update(third).digest('hex');
      scripts.set(digest, { name: digest, lua: third });
      return digest;
    }
    const script = scripts.get(second);
    if (name !== 'EVALSHA' || script === undefined) throw new Error(`${name} is not a command that is sent for others`);
    const keys = rest.slice(0, Number(third));
    const signal = new AbortController().signal; // the connection has a deadline of its own
    return await connection.run({ port, script, keys, args: rest.slice(keys.length), signal }) as Value | Value[];
  };
}
