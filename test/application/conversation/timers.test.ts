import { expect } from 'chai';
import { Timers } from '../../../src/application/conversation/timers.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('Timers', () => {
  function armed(): { readonly clock: VirtualClock; readonly timers: Timers<'silence' | 'stall'>; readonly fired: string[] } {
    const clock = new VirtualClock();
    const fired: string[] = [];
    return { clock, fired, timers: new Timers(clock, (name) => { fired.push(`${name} at ${clock.nowMs()}`); }) };
  }

  it('fires at the clock time it was armed for, once', () => {
    const { clock, timers, fired } = armed();
    timers.arm('silence', 1500);
    clock.advance(5000);
    expect(fired).to.deep.equal(['silence at 1500']);
  });

  it('moves when it is armed again', () => {
    const { clock, timers, fired } = armed();
    timers.arm('silence', 1500);
    timers.arm('silence', 3000);
    clock.advance(5000);
    expect(fired).to.deep.equal(['silence at 3000']);
  });

  it('fires at once for a time that has passed, but never from within arming', () => {
    const { clock, timers, fired } = armed();
    timers.arm('silence', 10);
    expect(fired).to.deep.equal([]);
    clock.advance(0);
    expect(fired).to.deep.equal(['silence at 1000']);
  });

  it('does not fire when it was cancelled, and cancels only what was named', () => {
    const { clock, timers, fired } = armed();
    timers.arm('silence', 1500);
    timers.arm('stall', 1600);
    timers.cancel('silence');
    timers.cancel('silence');
    clock.advance(5000);
    expect(fired).to.deep.equal(['stall at 1600']);
  });

  it('may be armed again by what it caused', () => {
    const clock = new VirtualClock();
    let fired = 0;
    const timers: Timers<'silence'> = new Timers(clock, (name) => { fired += 1; if (fired < 3) timers.arm(name, clock.nowMs() + 100); });
    timers.arm('silence', 1100);
    clock.advance(1000);
    expect(fired).to.equal(3);
    timers.cancel('silence');
    expect(clock.pending).to.equal(0);
  });

  it('leaves no timer on the clock when all are cleared', () => {
    const { clock, timers, fired } = armed();
    timers.arm('silence', 1500);
    timers.arm('stall', 1600);
    timers.clear();
    expect(clock.pending).to.equal(0);
    clock.advance(5000);
    expect(fired).to.deep.equal([]);
  });
});
