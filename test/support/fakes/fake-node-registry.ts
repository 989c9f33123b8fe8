import type { NodeRegistry, NodeSighting } from '../../../src/application/ports/node-registry.js';

/** Nodes that the test lets live and die. */
export class FakeNodeRegistry implements NodeRegistry {
  readonly living = new Map<string, number>();

  join(name: string): Promise<number> {
    const incarnation = (this.living.get(name) ?? 0) + 1;
    this.living.set(name, incarnation);
    return Promise.resolve(incarnation);
  }

  beat(name: string, incarnation: number): Promise<boolean> {
    return Promise.resolve((this.living.get(name) ?? incarnation) === incarnation);
  }

  leave(name: string): Promise<void> {
    this.dies(name);
    return Promise.resolve();
  }

  alive(): Promise<readonly NodeSighting[]> {
    return Promise.resolve([...this.living].map(([name, incarnation]) => ({ name, incarnation })));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  dies(name: string): void {
    this.living.delete(name);
  }
}
