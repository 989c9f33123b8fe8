import { Histogram, type Distribution } from './histogram.js';

const SEQUENCES = 0x1_0000;
const LATE_FROM = 0x8000;

export interface StreamQualityReport {
  readonly received: number;
  readonly lost: number;
  readonly reordered: number;
  /** Between packets in sequence, ms. */
  readonly intervalMs: Distribution;
  /** Share of the intervals within 20 ± 5 ms. */
  readonly within5Ms: number;
}

/** How evenly the streams of many callers arrive, packet by packet. */
export class StreamQuality {
  private readonly lastSequence: Int32Array;
  private readonly lastAtMs: Float64Array;
  private intervals = new Histogram(0.05, 500);
  private received = 0;
  private lost = 0;
  private reordered = 0;
  private within = 0;
  /** Nothing is counted while false; sequence numbers are followed all the same. */
  measuring = false;

  constructor(callers: number) {
    this.lastSequence = new Int32Array(callers).fill(-1);
    this.lastAtMs = new Float64Array(callers);
  }

  /** What was counted before is forgotten when it begins anew. */
  measure(on: boolean): void {
    this.measuring = on;
    if (!on) return;
    this.intervals = new Histogram(0.05, 500);
    [this.received, this.lost, this.reordered, this.within] = [0, 0, 0, 0];
  }

  /** The next packet of this caller begins another stream. */
  begin(caller: number): void {
    this.lastSequence[caller] = -1;
  }

  packet(caller: number, sequence: number, atMs: number): void {
    const last = this.lastSequence[caller] ?? -1;
    const step = last < 0 ? 0 : (sequence - last + SEQUENCES) % SEQUENCES;
    if (this.measuring) this.count(last < 0 ? 0 : step, atMs - (this.lastAtMs[caller] ?? 0), last < 0);
    if (last >= 0 && (step === 0 || step >= LATE_FROM)) return;
    this.lastSequence[caller] = sequence;
    this.lastAtMs[caller] = atMs;
  }

  report(): StreamQualityReport {
    const { intervals, received, lost, reordered } = this;
    return { received, lost, reordered, intervalMs: intervals.summary(), within5Ms: intervals.count === 0 ? 0 : this.within / intervals.count };
  }

  private count(step: number, intervalMs: number, first: boolean): void {
    this.received += 1;
    if (first) return;
    if (step === 1) {
      this.intervals.record(intervalMs);
      if (Math.abs(intervalMs - 20) <= 5) this.within += 1;
    } else if (step === 0 || step >= LATE_FROM) {
      this.reordered += 1;
      if (step !== 0) this.lost = Math.max(0, this.lost - 1);
    } else this.lost += step - 1;
  }
}
