import type { Quantiles } from './messages.js';

const BIN_US = 10;
const BINS = 200_000; // 2 s

/** Non-negative milliseconds in bins of 10 µs: a value costs one increment, a quantile one pass. */
export class QuantileHistogram {
  private readonly bins = new Uint32Array(BINS);
  private count = 0;
  private largest = 0;

  add(ms: number): void {
    const bin = Math.min(BINS - 1, Math.floor((ms * 1000) / BIN_US));
    this.bins[bin] = (this.bins[bin] ?? 0) + 1;
    this.count += 1;
    if (ms > this.largest) this.largest = ms;
  }

  clear(): void {
    this.bins.fill(0);
    this.count = 0;
    this.largest = 0;
  }

  quantiles(): Quantiles {
    return { p50: this.at(0.5), p99: this.at(0.99), p999: this.at(0.999), max: this.largest };
  }

  private at(part: number): number {
    let left = this.count * part;
    for (let bin = 0; bin < BINS; bin += 1) {
      left -= this.bins[bin] ?? 0;
      if (left <= 0) return ((bin + 1) * BIN_US) / 1000;
    }
    return this.largest;
  }
}
