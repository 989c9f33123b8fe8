import { expect } from 'chai';
import { DelayEstimator } from '../../../src/domain/audio/delay-estimator.js';

const LIMITS = { startMs: 40, minMs: 20, maxMs: 120 };

/** Observes packets of 20 ms that take `delayOf(n)` ms. */
function observe(estimator: DelayEstimator, packets: number, delayOf: (n: number) => number): number {
  for (let n = 0; n < packets; n += 1) estimator.observe(1_000_000 + n * 20 + delayOf(n), n * 20);
  return estimator.targetMs;
}

describe('DelayEstimator', () => {
  it('begins with the starting delay', () => {
    expect(new DelayEstimator(LIMITS).targetMs).to.equal(40);
  });

  it('comes down to a frame on a line without jitter', () => {
    expect(observe(new DelayEstimator(LIMITS), 200, () => 30)).to.equal(25);
  });

  it('covers the jitter of 95 of 100 packets, and a frame', () => {
    expect(observe(new DelayEstimator(LIMITS), 500, (n) => (n % 10 === 0 ? 52 : 0))).to.be.within(72, 80);
    expect(observe(new DelayEstimator(LIMITS), 500, (n) => (n % 50 === 0 ? 52 : 0))).to.equal(25);
  });

  it('never asks for more than the limit', () => {
    expect(observe(new DelayEstimator(LIMITS), 500, (n) => (n % 3) * 150)).to.equal(120);
  });

  it('forgets jitter that is over', () => {
    const estimator = new DelayEstimator(LIMITS);
    observe(estimator, 500, (n) => (n % 4) * 25);
    for (let n = 500; n < 1500; n += 1) estimator.observe(1_000_000 + n * 20, n * 20);
    expect(estimator.targetMs).to.equal(25);
  });

  it('does not take a drifting clock for jitter', () => {
    expect(observe(new DelayEstimator(LIMITS), 5000, (n) => n * 0.01)).to.be.at.most(70); // 500 ppm: 2 ms in a window
    expect(observe(new DelayEstimator(LIMITS), 5000, (n) => n * 0.002)).to.equal(25); // 100 ppm, as real clocks have
  });

  it('starts its comparison anew when the sender\'s clock has jumped', () => {
    const estimator = new DelayEstimator(LIMITS);
    observe(estimator, 100, () => 0);
    estimator.rebase();
    for (let n = 0; n < 100; n += 1) estimator.observe(2_000_000 + n * 20, 777_000 + n * 20);
    expect(estimator.targetMs).to.equal(25);
  });
});
