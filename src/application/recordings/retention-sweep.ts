import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { codeOf } from '../ports/port-error.js';
import type { RecordingStore } from '../ports/recording-store.js';
import type { ErasureProofs } from './erasure-proofs.js';

const INTERVAL_MS = 600_000;
/** Of one sweep; what is left is found by the next, which then comes soon. */
const ERASED_MAX = 500;
const SOON_MS = 1000;
const SWEEP_DEADLINE_MS = 300_000;

export interface RetentionSweepPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly store: RecordingStore;
  readonly proofs: ErasureProofs;
}

/** Erases recordings whose time is up. Several nodes may do it at once: each recording is erased, and told, by one. */
export class RetentionSweep {
  private readonly ended = new AbortController();
  private cancel: Cancel = () => undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly ports: RetentionSweepPorts) {}

  /** The first one is soon. */
  start(): void {
    this.again(SOON_MS);
  }

  /** How many were erased. @throws PortError `recording-store/*`. */
  async sweep(now: string, signal: AbortSignal): Promise<number> {
    const { store, proofs, metrics } = this.ports;
    const erased = await store.eraseExpired(now, ERASED_MAX, signal);
    metrics.count('recordings_erased_total', { cause: 'retention' }, erased.length);
    for (const recording of erased) proofs.tell(recording, 'retention');
    return erased.length;
  }

  async close(): Promise<void> {
    this.ended.abort();
    this.cancel();
    await this.work;
  }

  private again(afterMs: number): void {
    if (!this.ended.signal.aborted) this.cancel = this.ports.clock.after(afterMs, () => { this.work = this.sweepNow(); });
  }

  private async sweepNow(): Promise<void> {
    const { clock, log } = this.ports;
    const limit = deadline(clock, SWEEP_DEADLINE_MS, this.ended.signal);
    let erased = 0;
    try {
      erased = await orAborted(this.sweep(clock.wallTime(), limit.signal), limit.signal);
      if (erased > 0) log.info('recordings erased: their time was up', { erased });
    } catch (error) {
      if (!this.ended.signal.aborted) log.warn('recordings not swept: tried again later', { code: codeOf(error) }, error);
    } finally {
      limit.clear();
    }
    this.again(erased === ERASED_MAX ? SOON_MS : INTERVAL_MS);
  }
}
