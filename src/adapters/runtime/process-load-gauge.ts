import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoadGauge } from '../../application/ports/load-gauge.js';
import type { LoadReading } from '../../domain/call/overload.js';

const RESOLUTION_MS = 10;
/** A reading covers between one and two of these. */
const WINDOW_MS = 2500;
const NS_PER_MS = 1e6;
/** Memory limits of the container, cgroup v2 and v1. */
const LIMIT_FILES = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** The event loop's delay by its histogram, memory by the kernel's count against the container's limit (or the machine's memory). */
export class ProcessLoadGauge implements LoadGauge {
  private current = histogram();
  private before: IntervalHistogram | null = null;
  private readonly memoryBytesMax = memoryLimitBytes();
  private readonly rotation: NodeJS.Timeout;

  constructor() {
    this.rotation = setInterval(() => { this.rotate(); }, WINDOW_MS).unref();
  }

  read(): LoadReading {
    const delays = [this.current, this.before].map((each) => (each === null || each.count === 0 ? 0 : each.percentile(99) / NS_PER_MS));
    // The histogram counts from timer to timer: its resolution is in every value.
    return { loopDelayP99Ms: Math.max(0, Math.max(...delays) - RESOLUTION_MS), memoryShare: process.memoryUsage.rss() / this.memoryBytesMax };
  }

  close(): void {
    clearInterval(this.rotation);
    this.current.disable();
    this.before?.disable();
  }

  private rotate(): void {
    this.before?.disable();
    this.before = this.current;
    this.current = histogram();
  }
}

function histogram(): IntervalHistogram {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return delays;
}

/** A file that says `max`, or a number larger than the machine, limits nothing. */
function memoryLimitBytes(): number {
  const limits = LIMIT_FILES.filter((file) => existsSync(file)).map((file) => Number(readFileSync(file, 'utf8'))).filter((bytes) => bytes > 0);
  return Math.min(os.totalmem(), ...limits);
}
