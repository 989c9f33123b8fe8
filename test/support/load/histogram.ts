/** Counts of values in steps of equal width: percentiles of millions of measurements in constant memory. */
export class Histogram {
  count = 0;
  max = 0;
  private sum = 0;
  private readonly counts: Uint32Array;

  /** @param step width of a step @param limit values from here on are counted together; `max` still tells the largest. */
  constructor(private readonly step = 0.1, limit = 500) {
    this.counts = new Uint32Array(Math.ceil(limit / step) + 1);
  }

  record(value: number): void {
    const index = Math.min(this.counts.length - 1, Math.max(0, Math.floor(value / this.step)));
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.count += 1;
    this.sum += value;
    if (value > this.max) this.max = value;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /** Middle of the step in which `share` (0..1) of the values are reached; the largest value past the limit; 0 without values. */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(this.count * share));
    let seen = 0;
    for (let index = 0; index < this.counts.length; index += 1) {
      seen += this.counts[index] ?? 0;
      if (seen >= wanted && this.count > 0) return index === this.counts.length - 1 ? this.max : Math.min(this.max, (index + 0.5) * this.step);
    }
    return 0;
  }

  summary(): Distribution {
    const at = (share: number): number => round(this.percentile(share));
    return { count: this.count, mean: round(this.mean), p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: round(this.max) };
  }
}

/** What remains of a histogram in a report. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
