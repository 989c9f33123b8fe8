import { performance } from 'node:perf_hooks';

/**
 * `performance.now()` counts from a different origin in each thread, so its numbers cannot be compared between
 * threads. The offset to the system's monotonic clock (CLOCK_MONOTONIC, which `process.hrtime` reads, and which
 * has one origin for the whole machine) is constant, taken once here.
 */
const NS_PER_MS = 1e6;
const offsetMs = Number(process.hrtime.bigint()) / NS_PER_MS - performance.now();

/**
 * Milliseconds of the machine's monotonic clock: `process.hrtime` nanoseconds / 1e6, comparable between all threads
 * and processes of this machine. This is what every `atMs` of the media plane means, and what `Clock.nowMs()` must
 * return in production. Allocation free, unlike `process.hrtime`.
 */
export function monotonicNowMs(): number {
  return performance.now() + offsetMs;
}
