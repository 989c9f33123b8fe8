import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { CallSlot, CallSlots } from '../../../src/application/ports/call-slots.js';
import { Switchboard } from './switchboard.js';

/** Slots counted by the test. */
class CountedSlots implements CallSlots {
  readonly held = new Set<string>();
  /** What others hold. */
  elsewhere = 0;
  mode: 'works' | 'fails' | 'hangs' = 'works';

  acquire({ callId }: CallSlot, max: number): Promise<boolean> {
    if (this.mode === 'hangs') return new Promise(() => undefined);
    if (this.mode === 'fails') return Promise.reject(new PortError('away', { code: 'call-slots/unavailable', kind: 'unavailable' }));
    if (this.held.size + this.elsewhere >= max) return Promise.resolve(false);
    this.held.add(callId);
    return Promise.resolve(true);
  }

  renew(): Promise<void> { return Promise.resolve(); }

  release({ callId }: CallSlot): Promise<void> {
    this.held.delete(callId);
    return this.mode === 'works' ? Promise.resolve() : Promise.reject(new Error('away'));
  }

  inUse(): Promise<number> { return Promise.resolve(this.held.size); }
  close(): Promise<void> { return Promise.resolve(); }
}

describe('admission', () => {
  const rejections = (board: Switchboard): readonly string[] => board.of('call.rejected').map(({ reason }) => reason);

  it('counts the calls of a tenant over all nodes, and gives the slot back when the call is over', async () => {
    const slots = new CountedSlots();
    slots.elsewhere = 1;
    const board = new Switchboard({ slots, tenant: { concurrentCallsMax: 2 } });
    const first = await board.greeted();
    const second = board.rings();
    await board.clock.run(300);
    expect(rejections(board)).to.deep.equal(['tenant_limit']);
    expect(board.hangUps.get(second)).to.deep.equal(['busy']);
    first.farEnd.hangsUp();
    await board.clock.settle();
    expect(slots.held.size).to.equal(0);
    const third = await board.greeted();
    expect(third.answered).to.equal(true);
    third.farEnd.hangsUp();
    await board.clock.settle();
    expect(board.clock.pending).to.equal(0);
  });

  it('leaves the slot of a call that another node has to that', async () => {
    const slots = new CountedSlots();
    const board = new Switchboard({ slots });
    const leg = await board.greeted();
    for (const call of board.registry.list()) call.letGo();
    await board.clock.settle();
    expect(leg.wasLetGo).to.equal(true);
    expect(slots.held.size).to.equal(1);
    expect(board.clock.pending).to.equal(0);
  });

  for (const mode of ['fails', 'hangs'] as const) {
    it(`goes by its own count when shared state ${mode}, within 200 ms`, async () => {
      const slots = new CountedSlots();
      slots.mode = mode;
      const board = new Switchboard({ slots, tenant: { concurrentCallsMax: 1 } });
      const first = board.rings();
      await board.clock.run(200);
      expect(first.answered).to.equal(true);
      board.rings();
      await board.clock.run(200);
      expect(rejections(board)).to.deep.equal(['tenant_limit']);
      expect(board.metrics.value('provider_errors_total', { port: 'call-slots', code: mode === 'fails' ? 'call-slots/unavailable' : 'call-slots/timeout' })).to.equal(1);
      first.farEnd.hangsUp();
      await board.clock.run(200);
      expect(board.clock.pending).to.equal(0);
    });
  }

  it('gives the last place to one of two that ring at the same moment', async () => {
    const board = new Switchboard({ slots: new CountedSlots(), callsMax: 1 });
    const legs = [board.rings(), board.rings()];
    await board.clock.run(300);
    expect(legs.map((leg) => leg.answered)).to.deep.equal([true, false]);
    expect(rejections(board)).to.deep.equal(['node_limit']);
    legs[0]!.farEnd.hangsUp();
    await board.clock.settle();
  });

  it('refuses with congestion while the node is too busy, keeps the calls it has, and recovers only when clearly better', async () => {
    const board = new Switchboard();
    const living = await board.greeted();
    const ring = async (): Promise<boolean> => {
      const leg = board.rings();
      await board.clock.run(100);
      const { answered } = leg;
      leg.farEnd.hangsUp();
      await board.clock.settle();
      return answered;
    };
    board.load = { loopDelayP99Ms: 21, memoryShare: 0.1 };
    expect(await ring()).to.equal(false);
    expect(rejections(board)).to.deep.equal(['overloaded']);
    board.load = { loopDelayP99Ms: 19, memoryShare: 0.1 };
    expect(await ring()).to.equal(false);
    board.load = { loopDelayP99Ms: 17, memoryShare: 0.1 };
    expect(await ring()).to.equal(true);
    board.load = { loopDelayP99Ms: 1, memoryShare: 0.9 };
    expect(await ring()).to.equal(false);
    expect(living.ended).to.equal(false);
    expect(board.metrics.value('overloaded')).to.equal(1);
    living.farEnd.hangsUp();
    await board.clock.settle();
  });
});
