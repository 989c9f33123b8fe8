import { expect } from 'chai';
import { clockContract } from '../contract/clock.contract.js';
import { VirtualClock } from './virtual-clock.js';

describe('VirtualClock', () => {
  clockContract(() => {
    const clock = new VirtualClock();
    const faults: unknown[] = [];
    return {
      clock,
      pass: async (ms) => {
        try {
          await clock.run(ms);
        } catch (fault) {
          faults.push(fault);
        }
      },
      faults: () => faults.splice(0),
    };
  });

  it('stands still by itself', async () => {
    const clock = new VirtualClock({ startMs: 5 });
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    expect(clock.nowMs()).to.equal(5);
  });

  it('moves wall time along', () => {
    const clock = new VirtualClock({ wallStart: '2026-11-20T23:59:59.500Z' });
    clock.advance(500);
    expect(clock.wallTime()).to.equal('2026-11-21T00:00:00.000Z');
  });

  it('fires a timer made by a timer within the same advance, at its own time', () => {
    const clock = new VirtualClock({ startMs: 0 });
    const at: number[] = [];
    clock.after(10, () => { clock.after(10, () => { at.push(clock.nowMs()); }); });
    clock.advance(25);
    expect(at).to.deep.equal([20]);
    expect(clock.nowMs()).to.equal(25);
  });

  it('lets promises settle between timers when it runs', async () => {
    const clock = new VirtualClock();
    const steps: string[] = [];
    clock.after(10, () => { void Promise.resolve().then(() => Promise.resolve()).then(() => { steps.push('promise of the first'); }); });
    clock.after(20, () => { steps.push('second'); });
    await clock.run(30);
    expect(steps).to.deep.equal(['promise of the first', 'second']);
  });

  it('counts the timers that wait', () => {
    const clock = new VirtualClock();
    const cancel = clock.after(10, () => undefined);
    clock.after(10, () => undefined);
    expect(clock.pending).to.equal(2);
    cancel();
    clock.advance(10);
    expect(clock.pending).to.equal(0);
  });

  it('throws the fault of a timer from advance, after the others have fired', () => {
    const clock = new VirtualClock();
    let ran = false;
    clock.after(1, () => { throw new Error('bug'); });
    clock.after(2, () => { ran = true; });
    expect(() => { clock.advance(5); }).to.throw('bug');
    expect(ran).to.equal(true);
  });
});
