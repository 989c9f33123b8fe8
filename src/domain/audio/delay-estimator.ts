/** How long packets must wait so that most of them are there when they are due. */
export interface DelayLimits {
  readonly startMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

const BIN_MS = 5;
const BINS = 41; // the last one is "200 ms and more"
const PERCENTILE = 0.95;
/** A second of packets: how often the target is computed, and how fast the past fades. */
const REVIEW_PACKETS = 50;
const FADE = 0.75;
/** A frame's worth on top of the jitter: how long a packet waits for its tick is chance. */
const MARGIN_MS = 20;
/** The fastest way is looked for in windows of this length, so that a drifting clock does not look like jitter. */
const BASE_WINDOW_MS = 2000;

/**
 * Target delay of a jitter buffer: the 95th percentile of how much longer packets took than the fastest ones of the last
 * seconds, plus one frame.
 */
export class DelayEstimator {
  private readonly bins = new Float64Array(BINS);
  private total = 0;
  private sinceReview = 0;
  private windowBeganMs = Number.NEGATIVE_INFINITY;
  private fastest = Number.POSITIVE_INFINITY;
  private fastestBefore = Number.POSITIVE_INFINITY;
  private target: number;

  constructor(private readonly limits: DelayLimits) {
    this.target = limits.startMs;
  }

  get targetMs(): number {
    return this.target;
  }

  /** Takes one packet: when it arrived, and when by its timestamp it was sent. The two clocks need no common origin. */
  observe(arrivalMs: number, sentMs: number): void {
    const transit = arrivalMs - sentMs;
    this.rollWindow(arrivalMs);
    this.fastest = Math.min(this.fastest, transit);
    const jitter = transit - Math.min(this.fastest, this.fastestBefore);
    const bin = Math.min(BINS - 1, Math.floor(jitter / BIN_MS));
    this.bins[bin] = (this.bins[bin] ?? 0) + 1;
    this.total += 1;
    this.sinceReview += 1;
    if (this.sinceReview >= REVIEW_PACKETS) this.review();
  }

  /** The sender's timestamps began anew: old transits mean nothing now, the jitter seen stays true. */
  rebase(): void {
    this.windowBeganMs = Number.NEGATIVE_INFINITY;
    this.fastest = Number.POSITIVE_INFINITY;
    this.fastestBefore = Number.POSITIVE_INFINITY;
  }

  private rollWindow(nowMs: number): void {
    if (nowMs - this.windowBeganMs < BASE_WINDOW_MS) return;
    this.windowBeganMs = nowMs;
    this.fastestBefore = this.fastest;
    this.fastest = Number.POSITIVE_INFINITY;
  }

  private review(): void {
    this.sinceReview = 0;
    const wanted = this.percentileMs() + MARGIN_MS;
    this.target = Math.min(this.limits.maxMs, Math.max(this.limits.minMs, wanted));
    for (let i = 0; i < BINS; i += 1) this.bins[i] = (this.bins[i] ?? 0) * FADE;
    this.total *= FADE;
  }

  /** Upper edge of the bin in which the percentile lies. */
  private percentileMs(): number {
    let left = this.total * (1 - PERCENTILE);
    for (let i = BINS - 1; i > 0; i -= 1) {
      left -= this.bins[i] ?? 0;
      if (left < 0) return (i + 1) * BIN_MS;
    }
    return BIN_MS;
  }
}
