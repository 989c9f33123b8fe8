import { NODE_TTL_MS, type NodeRegistry, type NodeSighting } from '../../../application/ports/node-registry.js';
import type { RedisConnection, RedisScript } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { ALIVE_NODES, BEAT_NODE, JOIN_NODE, LEAVE_NODE } from './scripts/nodes.js';

const PORT = 'node-registry';
/** Far longer than any record that names the node. */
export const INCARNATION_MS = 7 * 24 * 3_600_000;

/** Which nodes are alive, by the clock of Redis. */
export class RedisNodeRegistry implements NodeRegistry {
  /** The connection stays the opener's to close. */
  constructor(private readonly connection: RedisConnection, private readonly keys: RedisKeys) {}

  async join(name: string, signal: AbortSignal): Promise<number> {
    return Number(await this.run(JOIN_NODE, this.keysOf(name), [name, NODE_TTL_MS, INCARNATION_MS], signal));
  }

  async beat(name: string, incarnation: number, signal: AbortSignal): Promise<boolean> {
    return await this.run(BEAT_NODE, this.keysOf(name), [name, NODE_TTL_MS, INCARNATION_MS, incarnation], signal) === 1;
  }

  async leave(name: string, incarnation: number, signal: AbortSignal): Promise<void> {
    await this.run(LEAVE_NODE, this.keysOf(name), [name, incarnation], signal);
  }

  async alive(signal: AbortSignal): Promise<readonly NodeSighting[]> {
    const reply = await this.run(ALIVE_NODES, [this.keys.nodes, this.keys.pulse], [this.keys.incarnationPrefix], signal) as readonly string[];
    return Array.from({ length: reply.length / 2 }, (_, index) => ({ name: reply[2 * index] ?? '', incarnation: Number(reply[2 * index + 1]) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private keysOf(name: string): readonly string[] {
    return [this.keys.nodes, this.keys.pulse, this.keys.incarnationPrefix + name];
  }

  private run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[], signal: AbortSignal): Promise<unknown> {
    return this.connection.run({ port: PORT, script, keys, args, signal });
  }
}
