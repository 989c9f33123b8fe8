import type { Cancel, Clock } from '../../application/ports/clock.js';
import { monotonicNowMs } from '../native/monotonic-clock.js';

/** Node's timers take no longer delays; longer ones are made of several. */
const TIMER_MS_MAX = 2_147_483_647;

export interface SystemClockOptions {
  /** Told when a timer's act throws: a bug of its owner that must not stop other timers, nor pass unseen. */
  readonly onFault: (error: unknown) => void;
}

/** The machine's time. `nowMs` has the same origin in every thread of this machine. */
export class SystemClock implements Clock {
  constructor(private readonly options: SystemClockOptions) {}

  nowMs(): number {
    return monotonicNowMs();
  }

  wallTime(): string {
    return new Date().toISOString();
  }

  after(delayMs: number, act: () => void): Cancel {
    const dueAtMs = this.nowMs() + Math.max(0, delayMs);
    const wake = (): void => {
      const leftMs = dueAtMs - this.nowMs();
      if (leftMs > 0) timer = setTimeout(wake, waitMs(leftMs)); // Node may fire up to a millisecond early
      else this.run(act);
    };
    let timer = setTimeout(wake, waitMs(dueAtMs - this.nowMs()));
    return () => { clearTimeout(timer); };
  }

  private run(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.options.onFault(error);
    }
  }
}

function waitMs(leftMs: number): number {
  return Math.min(Math.max(0, Math.ceil(leftMs)), TIMER_MS_MAX);
}
