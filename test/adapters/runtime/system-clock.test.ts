import { expect } from 'chai';
import { monotonicNowMs } from '../../../src/adapters/native/monotonic-clock.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { clockContract } from '../../contract/clock.contract.js';

const pass = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms + 5); });

describe('SystemClock', () => {
  clockContract(() => {
    const faults: unknown[] = [];
    return { clock: new SystemClock({ onFault: (fault) => faults.push(fault) }), pass, faults: () => faults.splice(0) };
  });

  it('reads the clock of the media threads', () => {
    const clock = new SystemClock({ onFault: () => undefined });
    const beforeMs = monotonicNowMs();
    const nowMs = clock.nowMs();
    expect(nowMs).to.be.within(beforeMs, monotonicNowMs());
    expect(Math.abs(nowMs - Number(process.hrtime.bigint()) / 1e6)).to.be.below(1000);
  });

  it('fires no timer early, although Node counts from the beginning of the turn that made it', async () => {
    const clock = new SystemClock({ onFault: () => undefined });
    for (let round = 0; round < 5; round += 1) {
      const busyUntilMs = clock.nowMs() + 6;
      while (clock.nowMs() < busyUntilMs);
      const madeAtMs = clock.nowMs();
      const firedAtMs = await new Promise<number>((resolve) => { clock.after(5, () => { resolve(clock.nowMs()); }); });
      expect(firedAtMs - madeAtMs).to.be.at.least(5);
    }
  });

  it('takes delays longer than one timer of Node can wait', async () => {
    const clock = new SystemClock({ onFault: () => undefined });
    let ran = false;
    const cancel = clock.after(2 ** 40, () => { ran = true; });
    await pass(20);
    expect(ran).to.equal(false); // setTimeout itself would have fired at once
    cancel();
  });
});
