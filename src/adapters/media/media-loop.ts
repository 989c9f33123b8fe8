import { PLANE_WORDS } from './leg-memory.js';
import type { MediaEngine } from './media-engine.js';
import type { MediaSchedule } from './media-schedule.js';
import type { PacketIo } from './packet-io.js';

/** How long a thread without legs sleeps before it empties the socket. A command wakes it at once. */
const IDLE_MS = 100;

/** Timers are not woken by the bell: a command waits so long at most. */
const TIMER_IDLE_MS = 5;

export interface MediaLoopOptions {
  readonly engine: MediaEngine;
  readonly schedule: MediaSchedule;
  readonly io: PacketIo;
  readonly words: Int32Array;
  readonly nowMs: () => number;
  /** Executes the commands that wait. False: it was told to stop. */
  readonly obey: () => boolean;
}

/**
 * Owns its thread: sleeps to the next deadline, empties the socket, works, sleeps. Returns when told to stop.
 * `Atomics.wait` wakes within tenths of a millisecond, which no timer of the event loop does; the event loop never runs.
 */
export function runBlocking(options: MediaLoopOptions): void {
  const { engine, schedule, io, words, nowMs, obey } = options;
  for (;;) {
    const bell = Atomics.load(words, PLANE_WORDS.bell);
    if (!obey()) return;
    io.poll();
    schedule.runDue(nowMs());
    const waitMs = engine.legsOpen === 0 ? IDLE_MS : schedule.nextDeadlineMs - nowMs();
    if (waitMs > 0) Atomics.wait(words, PLANE_WORDS.bell, bell, waitMs);
  }
}

/** The same on timers, for a socket that needs the event loop. Resolves when told to stop. */
export function runOnTimers(options: MediaLoopOptions): Promise<void> {
  const { engine, schedule, nowMs, obey } = options;
  return new Promise((resolve, reject) => {
    const turn = (): void => {
      try {
        if (!obey()) {
          resolve();
          return;
        }
        schedule.runDue(nowMs());
        const waitMs = engine.legsOpen === 0 ? TIMER_IDLE_MS : schedule.nextDeadlineMs - nowMs();
        setTimeout(turn, Math.max(0, waitMs)); // Node rounds up to whole milliseconds; the deadline itself never moves
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    turn();
  });
}
