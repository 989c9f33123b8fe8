import { MemoryNodeRegistry } from '../../../src/adapters/state/memory/memory-node-registry.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import { VirtualClock } from '../virtual-clock.js';

/** Nodes that the test lets live and die; without a clock time stands still, and nobody dies by himself. */
export class FakeNodeRegistry extends MemoryNodeRegistry {
  private readonly incarnations = new Map<string, number>();

  constructor(clock: Clock = new VirtualClock()) {
    super(clock);
  }

  override async join(name: string, signal: AbortSignal = new AbortController().signal): Promise<number> {
    const incarnation = await super.join(name, signal);
    this.incarnations.set(name, incarnation);
    return incarnation;
  }

  async living(): Promise<readonly string[]> {
    return (await this.alive(new AbortController().signal)).map(({ name }) => name);
  }

  /** Its process is gone. */
  dies(name: string): Promise<void> {
    return this.leave(name, this.incarnations.get(name) ?? 0, new AbortController().signal);
  }
}
