import { expect } from 'chai';
import type { Clock } from '../../src/application/ports/clock.js';

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least `ms` pass. */
  readonly pass: (ms: number) => Promise<void>;
  /** Throws of timers seen so far, taken away. */
  readonly faults: () => readonly unknown[];
}

/** What every Clock promises. */
export function clockContract(make: () => ClockUnderTest): void {
  describe('keeps the contract of Clock', () => {
    it('never steps back', async () => {
      const { clock, pass } = make();
      const readings = [clock.nowMs()];
      for (let reading = 0; reading < 5; reading += 1) {
        await pass(1);
        readings.push(clock.nowMs());
      }
      expect(readings).to.deep.equal([...readings].sort((a, b) => a - b));
      expect(readings.at(-1)! - readings[0]!).to.be.at.least(5);
    });

    it('tells wall time as ISO 8601 UTC with milliseconds', () => {
      expect(make().clock.wallTime()).to.match(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/u);
    });

    it('runs an act once, and not before its time', async () => {
      const { clock, pass } = make();
      const startMs = clock.nowMs();
      const firedAtMs: number[] = [];
      clock.after(20, () => { firedAtMs.push(clock.nowMs()); });
      await pass(60);
      expect(firedAtMs).to.have.lengthOf(1);
      expect(firedAtMs[0]! - startMs).to.be.at.least(20);
    });

    it('runs acts in the order they are due', async () => {
      const { clock, pass } = make();
      const order: string[] = [];
      clock.after(40, () => { order.push('later'); });
      clock.after(5, () => { order.push('sooner'); });
      await pass(100);
      expect(order).to.deep.equal(['sooner', 'later']);
    });

    it('runs an act without delay after the present turn, never within the call', async () => {
      const { clock, pass } = make();
      let ran = false;
      clock.after(0, () => { ran = true; });
      expect(ran).to.equal(false);
      await pass(10);
      expect(ran).to.equal(true);
    });

    it('does not run what was cancelled, and may be cancelled twice', async () => {
      const { clock, pass } = make();
      let ran = false;
      const cancel = clock.after(5, () => { ran = true; });
      cancel();
      cancel();
      await pass(30);
      expect(ran).to.equal(false);
      cancel();
    });

    it('goes on with other timers when one throws', async () => {
      const { clock, pass, faults } = make();
      const fault = new Error('a bug of the owner');
      let ran = false;
      clock.after(1, () => { throw fault; });
      clock.after(2, () => { ran = true; });
      await pass(30);
      expect(ran).to.equal(true);
      expect(faults()).to.deep.equal([fault]);
    });
  });
}
