import { expect } from 'chai';
import { NODE_TTL_MS, type NodeRegistry } from '../../src/application/ports/node-registry.js';

export interface NodeRegistryUnderTest {
  readonly registry: NodeRegistry;
  /** Lets `ms` of the registry's time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
}

/** What every NodeRegistry promises. */
export function nodeRegistryContract(make: () => Promise<NodeRegistryUnderTest>): void {
  describe('keeps the contract of NodeRegistry', () => {
    const signal = new AbortController().signal;
    let registry: NodeRegistry;
    let pass: (ms: number) => Promise<void>;

    beforeEach(async () => { ({ registry, pass } = await make()); });
    afterEach(async () => { await registry.close(); });

    const names = async (): Promise<readonly string[]> => (await registry.alive(signal)).map(({ name }) => name);

    it('knows who is alive, by name', async () => {
      expect(await names()).to.deep.equal([]);
      const second = await registry.join('node-2', signal);
      const first = await registry.join('node-1', signal);
      expect(await registry.alive(signal)).to.deep.equal([{ name: 'node-1', incarnation: first }, { name: 'node-2', incarnation: second }]);
    });

    it('takes a node that says nothing for dead, and lets it live again when it speaks', async () => {
      const incarnation = await registry.join('node-1', signal);
      await pass(NODE_TTL_MS - 1000);
      expect(await names()).to.deep.equal(['node-1']);
      await pass(1500);
      expect(await names()).to.deep.equal([]);
      expect(await registry.beat('node-1', incarnation, signal)).to.equal(true);
      expect(await names()).to.deep.equal(['node-1']);
    });

    it('keeps a node alive that beats', async () => {
      const incarnation = await registry.join('node-1', signal);
      for (let beat = 0; beat < 4; beat += 1) {
        await pass(NODE_TTL_MS / 2);
        expect(await registry.beat('node-1', incarnation, signal)).to.equal(true);
      }
      expect(await names()).to.deep.equal(['node-1']);
    });

    it('tells a process that a newer one has its name', async () => {
      const former = await registry.join('node-1', signal);
      const newer = await registry.join('node-1', signal);
      expect(newer).to.be.greaterThan(former);
      expect(await registry.beat('node-1', former, signal)).to.equal(false);
      expect(await registry.alive(signal)).to.deep.equal([{ name: 'node-1', incarnation: newer }]);
    });

    it('lets a node leave at once, but not the one that has its name by now', async () => {
      const former = await registry.join('node-1', signal);
      const newer = await registry.join('node-1', signal);
      await registry.leave('node-1', former, signal);
      expect(await names()).to.deep.equal(['node-1']);
      await registry.leave('node-1', newer, signal);
      expect(await names()).to.deep.equal([]);
    });

    it('gives a higher incarnation after a node has left or died, too', async () => {
      const first = await registry.join('node-1', signal);
      await registry.leave('node-1', first, signal);
      const second = await registry.join('node-1', signal);
      await pass(2 * NODE_TTL_MS);
      expect(second).to.be.greaterThan(first);
      expect(await registry.join('node-1', signal)).to.be.greaterThan(second);
    });

    it('does nothing once the signal has aborted', async () => {
      const error: unknown = await registry.join('node-1', AbortSignal.abort()).then(() => null, (thrown: unknown) => thrown);
      expect(error).to.have.property('code').that.matches(/^node-registry\//u);
      expect(await names()).to.deep.equal([]);
    });
  });
}
