/** What this process costs while something is measured: CPU by thread, memory, garbage collection, and how late its main thread is. */
import { readdirSync, readFileSync } from 'node:fs';
import { constants, monitorEventLoopDelay, performance, PerformanceObserver, type EventLoopUtilization, type NodeGCPerformanceDetail } from 'node:perf_hooks';
import { Histogram, type Distribution } from './histogram.js';

export interface ProcessFigures {
  readonly wallMs: number;
  /** CPU of all threads, ms per second of wall time. */
  readonly cpuMsPerS: number;
  readonly systemCpuMsPerS: number;
  readonly mainThreadCpuMsPerS: number;
  /** The thread that used most, the main one aside: with a gateway, the media thread. */
  readonly busiestThreadCpuMsPerS: number;
  readonly otherThreadsCpuMsPerS: number;
  /** Share of the time in which the event loop of the main thread was busy. */
  readonly mainThreadBusy: number;
  /** How much later than asked the main thread's timers ran. */
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  /** Of the main thread. */
  readonly gc: { readonly msPerS: number; readonly pausesMs: Distribution; readonly major: number; readonly minor: number };
}

const DELAY_RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;
const US_PER_MS = 1000;
const MS_PER_TICK = 10; // USER_HZ is 100 on every Linux that Node runs on

export class ProcessMeter {
  private readonly delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  private readonly collections: PerformanceObserver;
  private pauses = new Histogram(0.1, 500);
  private major = 0;
  private minor = 0;
  private startedAtMs = 0;
  private cpu = process.cpuUsage();
  private busy: EventLoopUtilization = performance.eventLoopUtilization();
  private threads = threadCpuMs();

  constructor() {
    this.collections = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        this.pauses.record(entry.duration);
        const { kind } = (entry as unknown as { readonly detail: NodeGCPerformanceDetail }).detail;
        if (kind === constants.NODE_PERFORMANCE_GC_MINOR) this.minor += 1;
        else if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) this.major += 1;
      }
    });
  }

  start(): void {
    this.startedAtMs = performance.now();
    this.cpu = process.cpuUsage();
    this.busy = performance.eventLoopUtilization();
    this.threads = threadCpuMs();
    this.pauses = new Histogram(0.1, 500);
    this.major = 0;
    this.minor = 0;
    this.collections.observe({ entryTypes: ['gc'] });
    this.delay.enable();
    this.delay.reset();
  }

  stop(): ProcessFigures {
    const wallMs = performance.now() - this.startedAtMs;
    const perS = (ms: number): number => (ms * 1000) / wallMs;
    const { user, system } = process.cpuUsage(this.cpu);
    const threads = [...threadCpuMs()].map(([id, ms]) => ({ id, ms: ms - (this.threads.get(id) ?? 0) }));
    const main = threads.find(({ id }) => id === process.pid)?.ms ?? 0;
    const [busiest = 0, ...others] = threads.filter(({ id }) => id !== process.pid).map(({ ms }) => ms).sort((a, b) => b - a);
    const memory = process.memoryUsage();
    const figures: ProcessFigures = {
      wallMs, cpuMsPerS: perS((user + system) / US_PER_MS), systemCpuMsPerS: perS(system / US_PER_MS),
      mainThreadCpuMsPerS: perS(main), busiestThreadCpuMsPerS: perS(busiest), otherThreadsCpuMsPerS: perS(others.reduce((sum, ms) => sum + ms, 0)),
      mainThreadBusy: performance.eventLoopUtilization(this.busy).utilization,
      eventLoopDelayMs: { p50: this.lateness(50), p99: this.lateness(99), max: this.lateness(100) },
      rssBytes: memory.rss, heapUsedBytes: memory.heapUsed, externalBytes: memory.external,
      gc: { msPerS: perS(this.pauses.mean * this.pauses.count), pausesMs: this.pauses.summary(), major: this.major, minor: this.minor },
    };
    this.delay.disable();
    this.collections.disconnect();
    return figures;
  }

  /** The monitor's own interval is part of what it measures. */
  private lateness(percentile: number): number {
    return Math.max(0, this.delay.percentile(percentile) / NS_PER_MS - DELAY_RESOLUTION_MS);
  }
}

/** CPU time of each thread of this process, proc(5): utime and stime are fields 14 and 15, counted after the name in brackets. */
function threadCpuMs(): Map<number, number> {
  const times = new Map<number, number>();
  for (const id of readdirSync('/proc/self/task')) {
    try {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      times.set(Number(id), (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK);
    } catch {
      continue; // it ended while we looked
    }
  }
  return times;
}
