import { once } from 'node:events';
import { expect } from 'chai';
import { spawnWorker } from '../../../src/adapters/native/spawn-worker.js';
import type { Scheduling } from './fixtures/real-time-worker.js';

const SCHED_OTHER = 0;
const SCHED_RR = 2;

describe('setThreadRealTime', () => {
  it('puts the calling thread before normal ones where that is permitted, and says which; what the thread starts is normal', async () => {
    const worker = spawnWorker(new URL('./fixtures/real-time-worker.js', import.meta.url), null);
    const [scheduling] = await once(worker, 'message') as [Scheduling];
    await worker.terminate();
    expect(scheduling.policy).to.equal(scheduling.permitted ? SCHED_RR : SCHED_OTHER);
    expect(scheduling.policyOfChild).to.equal(SCHED_OTHER);
  });
});
