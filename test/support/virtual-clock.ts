import type { Cancel, Clock } from '../../src/application/ports/clock.js';

interface VirtualTimer {
  readonly dueAtMs: number;
  readonly order: number;
  readonly act: () => void;
}

export interface VirtualClockOptions {
  readonly startMs?: number;
  /** Wall time that `startMs` stands for. */
  readonly wallStart?: string;
}

/**
 * Time that moves only by hand. Timers fire in the order they are due, those of one instant in the order they were made,
 * and a timer made while another fires takes its place in that order. A throw in a timer does not stop the others;
 * it is thrown again by the `advance` or `run` that caused it, so that the test sees it.
 */
export class VirtualClock implements Clock {
  private readonly startMs: number;
  private readonly wallStartMs: number;
  private readonly timers = new Set<VirtualTimer>();
  private timeMs: number;
  private made = 0;

  constructor(options: VirtualClockOptions = {}) {
    this.startMs = options.startMs ?? 1000;
    this.wallStartMs = Date.parse(options.wallStart ?? '2026-11-20T12:00:00.000Z');
    this.timeMs = this.startMs;
  }

  nowMs(): number {
    return this.timeMs;
  }

  wallTime(): string {
    return new Date(this.wallStartMs + (this.timeMs - this.startMs)).toISOString();
  }

  after(delayMs: number, act: () => void): Cancel {
    const timer: VirtualTimer = { dueAtMs: this.timeMs + Math.max(0, delayMs), order: this.made, act };
    this.made += 1;
    this.timers.add(timer);
    return () => { this.timers.delete(timer); };
  }

  /** Timers that wait. A test that ends a call asserts 0. */
  get pending(): number {
    return this.timers.size;
  }

  /** Moves time by `ms` and fires what is due, without letting promises run in between. */
  advance(ms: number): void {
    const untilMs = this.timeMs + ms;
    const faults: unknown[] = [];
    for (let due = this.nextDue(untilMs); due !== null; due = this.nextDue(untilMs)) this.fire(due, faults);
    this.timeMs = untilMs;
    rethrow(faults);
  }

  /** Moves time by `ms`; before, between and after timers every promise that can settle does. */
  async run(ms: number): Promise<void> {
    const untilMs = this.timeMs + ms;
    const faults: unknown[] = [];
    await this.settle();
    for (let due = this.nextDue(untilMs); due !== null; due = this.nextDue(untilMs)) {
      this.fire(due, faults);
      await this.settle();
    }
    this.timeMs = untilMs;
    rethrow(faults);
  }

  /** Lets promises run, and what they cause, without moving time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => { setImmediate(resolve); });
  }

  private nextDue(untilMs: number): VirtualTimer | null {
    let next: VirtualTimer | null = null;
    for (const timer of this.timers) {
      if (timer.dueAtMs > untilMs) continue;
      if (next === null || timer.dueAtMs < next.dueAtMs || (timer.dueAtMs === next.dueAtMs && timer.order < next.order)) next = timer;
    }
    return next;
  }

  private fire(timer: VirtualTimer, faults: unknown[]): void {
    this.timers.delete(timer);
    this.timeMs = Math.max(this.timeMs, timer.dueAtMs);
    try {
      timer.act();
    } catch (fault) {
      faults.push(fault); // kept until the other timers have fired, then thrown by the caller of advance
    }
  }
}

function rethrow(faults: readonly unknown[]): void {
  if (faults.length === 1) throw faults[0] instanceof Error ? faults[0] : new Error(String(faults[0]));
  if (faults.length > 1) throw new AggregateError(faults, 'several timers threw');
}
