import { once } from 'node:events';
import { expect } from 'chai';
import { monotonicNowMs } from '../../../src/adapters/native/monotonic-clock.js';
import { spawnWorker } from '../../../src/adapters/native/spawn-worker.js';

describe('spawnWorker', () => {
  it('runs a TypeScript module named with .js and hands it its input', async () => {
    const worker = spawnWorker(new URL('./fixtures/echo-worker.js', import.meta.url), { greeting: 'hello' });
    const [message] = await once(worker, 'message') as [unknown];
    expect(message).to.deep.equal({ echoed: { greeting: 'hello' }, nowMs: (message as { nowMs: number }).nowMs });
    await worker.terminate();
  });

  it('reports a module that does not load as an error of the worker', async () => {
    const worker = spawnWorker(new URL('./fixtures/no-such-worker.js', import.meta.url), undefined);
    const [error] = await once(worker, 'error') as [Error];
    expect(error.message).to.contain('no-such-worker');
    await worker.terminate();
  });
});

describe('monotonicNowMs in a worker', () => {
  it('is comparable with that of the main thread', async () => {
    const beforeMs = monotonicNowMs();
    const worker = spawnWorker(new URL('./fixtures/echo-worker.js', import.meta.url), {});
    const [message] = await once(worker, 'message') as [{ nowMs: number }];
    expect(message.nowMs).to.be.within(beforeMs, monotonicNowMs());
    await worker.terminate();
  });
});
