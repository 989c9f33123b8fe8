import { InterruptiblePause } from '../../../application/lifecycle/interruptible-pause.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import { codeOf } from '../../../application/ports/port-error.js';
import type { Recording } from '../../../domain/recording/recording.js';

const PARALLEL_MAX = 4;

export interface UploadRetry {
  readonly minMs: number;
  readonly maxMs: number;
}

const RETRY: UploadRetry = { minMs: 1000, maxMs: 60_000 };
/** Looked at the disk without being woken: what waits there is never forgotten. */
const LOOK_MS = 60_000;
/** At the end of the process; what is not put by then waits on the disk for the next start. */
const DRAIN_MS = 10_000;

export type Waiting = Pick<Recording, 'tenantId' | 'recordingId'>;

export interface RecordingUploadsOptions {
  /** All that wait on the disk, oldest first. */
  readonly waiting: () => Promise<readonly Waiting[]>;
  /** Puts one into the bucket and removes it from the disk. Nothing to do when it is gone. */
  readonly put: (recording: Waiting, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Pauses while the bucket fails, each twice the one before. */
  readonly retry?: UploadRetry | undefined;
}

interface Upload {
  readonly controller: AbortController;
  readonly settled: Promise<boolean>;
}

/**
 * Puts what is complete on the disk into the bucket, a few at a time, again and again with longer pauses while the bucket fails. The
 * disk is the queue: nothing that waits is in memory, and a restart goes on with what is there.
 */
export class RecordingUploads {
  private readonly pause: InterruptiblePause;
  private readonly running = new Map<string, Upload>();
  /** How many hold a recording, or (empty key) all of them, back. */
  private readonly held = new Map<string, number>();
  private work: Promise<void> = Promise.resolve();
  private woken = false;
  private failing = false;
  private draining = false;
  private endMs = Infinity;

  constructor(private readonly options: RecordingUploadsOptions) {
    this.pause = new InterruptiblePause(options.clock);
  }

  start(): void {
    this.work = this.run();
  }

  /** There is something new. While the bucket fails it waits as the others do. */
  wake(): void {
    this.woken = true;
    if (!this.failing) this.pause.hurry();
  }

  /** `work` while this recording, or (null) none at all, is being put: one that is under way is given up first, and tried again later. */
  async without<T>(recordingId: string | null, work: () => Promise<T>): Promise<T> {
    const key = recordingId ?? '';
    this.held.set(key, (this.held.get(key) ?? 0) + 1);
    try {
      const given = [...this.running].filter(([id]) => recordingId === null || id === recordingId).map(([, upload]) => upload);
      for (const { controller } of given) controller.abort(new Error('held back'));
      await Promise.all(given.map(({ settled }) => settled));
      return await work();
    } finally {
      const others = (this.held.get(key) ?? 1) - 1;
      if (others === 0) this.held.delete(key); else this.held.set(key, others);
      this.wake();
    }
  }

  /** Puts what it can within some seconds. */
  async close(): Promise<void> {
    this.draining = true;
    this.endMs = this.options.clock.nowMs() + DRAIN_MS;
    this.pause.end();
    const cancel = this.options.clock.after(DRAIN_MS, () => { for (const { controller } of this.running.values()) controller.abort(new Error('closing')); });
    await this.work;
    cancel();
  }

  private async run(): Promise<void> {
    const { retry: { minMs, maxMs } = RETRY } = this.options;
    let waitMs = minMs;
    for (;;) {
      const last = this.draining;
      this.woken = false;
      const well = await this.round();
      if (last || (this.draining && !well)) return;
      if (well) {
        this.recovered();
        waitMs = minMs;
        if (!this.hasNews()) await this.pause.wait(LOOK_MS);
      } else {
        this.failing = true;
        await this.pause.wait(waitMs);
        waitMs = Math.min(maxMs, waitMs * 2);
      }
    }
  }

  private recovered(): void {
    if (this.failing) this.options.logger.info('recordings are put into the bucket again');
    this.failing = false;
  }

  /* A method, because it changes while something is awaited. */
  private hasNews(): boolean {
    return this.woken;
  }

  /** False: something could not be put. When nothing of some could be, the others are not tried. */
  private async round(): Promise<boolean> {
    const { clock, metrics } = this.options;
    let well = true;
    const all = await this.listed();
    if (all === null) return false;
    metrics.gauge('recordings_waiting', all.length);
    for (let at = 0; at < all.length && clock.nowMs() < this.endMs; at += PARALLEL_MAX) {
      const outcomes = await Promise.all(all.slice(at, at + PARALLEL_MAX).map((waiting) => this.putOne(waiting)));
      well &&= outcomes.every((outcome) => outcome);
      if (outcomes.every((outcome) => !outcome)) return false;
      metrics.gauge('recordings_waiting', Math.max(0, all.length - at - PARALLEL_MAX));
    }
    return well;
  }

  private async listed(): Promise<readonly Waiting[] | null> {
    try {
      return await this.options.waiting();
    } catch (error) {
      this.tell(error);
      return null;
    }
  }

  private async putOne(waiting: Waiting): Promise<boolean> {
    const { recordingId } = waiting;
    if (this.held.has('') || this.held.has(recordingId)) return true; // whoever holds it wakes us
    const controller = new AbortController();
    const settled = this.options.put(waiting, controller.signal).then(() => true, (error: unknown) => {
      if (controller.signal.aborted) return true;
      this.tell(error, recordingId);
      return false;
    });
    this.running.set(recordingId, { controller, settled });
    const well = await settled;
    this.running.delete(recordingId);
    return well;
  }

  /** The first of a series. */
  private tell(error: unknown, recordingId?: string): void {
    const { logger, metrics } = this.options;
    metrics.count('recordings_not_put_total', { code: codeOf(error) });
    if (!this.failing) logger.warn('a recording is not in the bucket yet: trying again', { recordingId, code: codeOf(error) }, error);
  }
}
