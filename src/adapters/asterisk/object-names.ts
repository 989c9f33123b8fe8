import { PortError } from '../../application/ports/port-error.js';

const NODE = /^[A-Za-z0-9_-]{1,32}$/;
const NAMED = /^vg\.[A-Za-z0-9_-]{1,32}\.(.+)\.(?:em|br|out\d*)$/;
const DIALLED = /\.out\d*$/;
const OF_A_GATEWAY = /^vg\.[A-Za-z0-9_-]{1,32}\./;
/** Asterisk refuses ids longer than 149 (AST_MAX_UNIQUEID); the rest is for prefix and suffix. */
const KEY_CHARS_MAX = 100;

/**
 * Names of what we make in Asterisk, chosen before it exists: after a request of unknown outcome we still know what to
 * remove, and a sweep knows which objects are ours. Gateways that share an Asterisk differ in the node's name.
 */
export class ObjectNames {
  private readonly prefix: string;

  /** @throws PortError telephony/invalid: with a dot in it one node's prefix could begin another's. */
  constructor(node: string) {
    if (!NODE.test(node)) throw new PortError('the name of a node is 1–32 of A–Z a–z 0–9 _ -', { code: 'telephony/invalid', kind: 'rejected' });
    this.prefix = `vg.${node}.`;
  }

  /** The channel that carries a leg's audio to us. */
  externalMedia(key: string): string {
    return this.named(key, 'em');
  }

  /** The channel of a leg we place; with `attempt`, the one dialled to transfer a leg. */
  outgoing(key: string, attempt?: number): string {
    return this.named(key, attempt === undefined ? 'out' : `out${attempt}`);
  }

  /** Whether it is the channel of the leg `key` that some node has placed: a leg that was adopted keeps the name of its first node. */
  isPlaced(id: string, key: string): boolean {
    const [, node = ''] = id.split('.');
    return NODE.test(node) && id === `vg.${node}.${key}.out`;
  }

  bridge(key: string): string {
    return this.named(key, 'br');
  }

  /** What it was named after: the leg, for log lines to be found by it. An id that Asterisk gave is that of a leg. */
  static keyOf(id: string): string {
    return NAMED.exec(id)?.[1] ?? id;
  }

  /** Whether some gateway made it, this one or another. */
  static ofAGateway(id: string): boolean {
    return OF_A_GATEWAY.test(id);
  }

  /** Whether it is a channel that some gateway has dialled: somebody may be talking on it. */
  static dialled(id: string): boolean {
    return OF_A_GATEWAY.test(id) && DIALLED.test(id);
  }

  /** Whether this node made it. */
  owns(id: string): boolean {
    return id.startsWith(this.prefix);
  }

  /** Whether it is a channel that this node has dialled: somebody may be talking on it. */
  isDialled(id: string): boolean {
    return this.owns(id) && DIALLED.test(id);
  }

  private named(key: string, suffix: string): string {
    if (key.length === 0 || key.length > KEY_CHARS_MAX) throw new PortError('the id of a leg is 1–100 characters', { code: 'telephony/invalid', kind: 'rejected' });
    return `${this.prefix}${key}.${suffix}`;
  }
}
