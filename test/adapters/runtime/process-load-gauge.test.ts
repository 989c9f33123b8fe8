import { expect } from 'chai';
import { ProcessLoadGauge } from '../../../src/adapters/runtime/process-load-gauge.js';

describe('ProcessLoadGauge', () => {
  it('sees a stall of the event loop, and what memory the process has', async () => {
    const gauge = new ProcessLoadGauge();
    const passed = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
    await passed(50);
    const until = performance.now() + 300;
    while (performance.now() < until); // a stall, as a long computation makes it
    await passed(50);
    const { loopDelayP99Ms, memoryShare } = gauge.read();
    gauge.close();
    expect(loopDelayP99Ms).to.be.above(200);
    expect(memoryShare).to.be.within(0.0001, 1);
  });
});
