import type { Cancel, Clock } from '../../src/application/ports/clock.js';

/** Another clock, `factor` times as fast: ten minutes of waiting and backing off in ten seconds. What it times is real. */
export class CompressedClock implements Clock {
  constructor(private readonly clock: Clock, private readonly factor: number) {}

  nowMs(): number {
    return this.clock.nowMs() * this.factor;
  }

  wallTime(): string {
    return this.clock.wallTime();
  }

  after(delayMs: number, act: () => void): Cancel {
    return this.clock.after(delayMs / this.factor, act);
  }
}
