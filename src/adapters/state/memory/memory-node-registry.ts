import type { Clock } from '../../../application/ports/clock.js';
import { NODE_TTL_MS, type NodeRegistry, type NodeSighting } from '../../../application/ports/node-registry.js';
import { notAborted } from './not-aborted.js';

interface Node {
  incarnation: number;
  /** Null: it has left. */
  diesAtMs: number | null;
}

/** Nodes within one process: itself, and in tests several. */
export class MemoryNodeRegistry implements NodeRegistry {
  private readonly nodes = new Map<string, Node>();

  constructor(private readonly clock: Clock) {}

  async join(name: string, signal: AbortSignal): Promise<number> {
    await notAborted('node-registry', signal);
    const incarnation = (this.nodes.get(name)?.incarnation ?? 0) + 1;
    this.nodes.set(name, { incarnation, diesAtMs: this.clock.nowMs() + NODE_TTL_MS });
    return incarnation;
  }

  async beat(name: string, incarnation: number, signal: AbortSignal): Promise<boolean> {
    await notAborted('node-registry', signal);
    if ((this.nodes.get(name)?.incarnation ?? 0) > incarnation) return false;
    this.nodes.set(name, { incarnation, diesAtMs: this.clock.nowMs() + NODE_TTL_MS });
    return true;
  }

  async leave(name: string, incarnation: number, signal: AbortSignal): Promise<void> {
    await notAborted('node-registry', signal);
    const node = this.nodes.get(name);
    if (node?.incarnation === incarnation) node.diesAtMs = null;
  }

  async alive(signal: AbortSignal): Promise<readonly NodeSighting[]> {
    await notAborted('node-registry', signal);
    const nowMs = this.clock.nowMs();
    return [...this.nodes].filter(([, { diesAtMs }]) => diesAtMs !== null && diesAtMs > nowMs)
      .map(([name, { incarnation }]) => ({ name, incarnation })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
