import { expect } from 'chai';
import { deadline } from '../../../src/application/lifecycle/deadline.js';
import { orAborted } from '../../../src/application/lifecycle/or-aborted.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('deadline', () => {
  it('aborts when the time is up, and says so', () => {
    const clock = new VirtualClock();
    const limit = deadline(clock, 500);
    clock.advance(499);
    expect(limit.signal.aborted).to.equal(false);
    clock.advance(1);
    expect(limit.signal.aborted).to.equal(true);
    expect(limit.expired).to.equal(true);
    expect((limit.signal.reason as Error).message).to.equal('deadline of 500 ms passed');
  });

  it('aborts with its parent, and that was not the time', () => {
    const clock = new VirtualClock();
    const parent = new AbortController();
    const limit = deadline(clock, 500, parent.signal);
    parent.abort(new Error('hung up'));
    expect(limit.signal.aborted).to.equal(true);
    expect(limit.signal.reason).to.equal(parent.signal.reason);
    expect(limit.expired).to.equal(false);
    expect(clock.pending, 'timers left').to.equal(0);
  });

  it('is over at once under a parent that has aborted', () => {
    const clock = new VirtualClock();
    const limit = deadline(clock, 500, AbortSignal.abort(new Error('hung up')));
    expect(limit.signal.aborted).to.equal(true);
    expect(clock.pending).to.equal(0);
  });

  it('leaves nothing behind when the work is done', () => {
    const clock = new VirtualClock();
    const parent = new AbortController();
    const limit = deadline(clock, 500, parent.signal);
    limit.clear();
    expect(clock.pending).to.equal(0);
    parent.abort();
    expect(limit.signal.aborted, 'the parent does not hold it any more').to.equal(false);
  });

  it('begins anew when it is extended', () => {
    const clock = new VirtualClock();
    const limit = deadline(clock, 500);
    clock.advance(400);
    limit.extend();
    clock.advance(499);
    expect(limit.expired).to.equal(false);
    clock.advance(1);
    expect(limit.expired).to.equal(true);
    limit.extend();
    expect(clock.pending, 'what is over is not extended').to.equal(0);
  });
});

describe('orAborted', () => {
  it('gives what the work gives', async () => {
    expect(await orAborted(Promise.resolve(7), new AbortController().signal)).to.equal(7);
    const refusal = new Error('no');
    expect(await orAborted(Promise.reject(refusal), new AbortController().signal).catch((error: unknown) => error)).to.equal(refusal);
  });

  it('does not wait past the abort for work that ignores it', async () => {
    const abort = new AbortController();
    const waiting = orAborted(new Promise(() => undefined), abort.signal).catch((error: unknown) => error);
    abort.abort(new Error('hung up'));
    expect(await waiting).to.equal(abort.signal.reason);
  });

  it('does not begin to wait when it is over already', async () => {
    const signal = AbortSignal.abort(new Error('hung up'));
    expect(await orAborted(new Promise(() => undefined), signal).catch((error: unknown) => error)).to.equal(signal.reason);
  });

  it('takes no notice of work that fails after the abort', async () => {
    let fail: (error: Error) => void = () => undefined;
    const abort = new AbortController();
    const waiting = orAborted(new Promise((_, reject) => { fail = reject; }), abort.signal).catch(() => 'given up');
    abort.abort();
    expect(await waiting).to.equal('given up');
    fail(new Error('too late')); // must not become an unhandled rejection
    await new Promise((resolve) => { setImmediate(resolve); });
  });
});
