import type { GatewayFigures } from '../../test/support/load/gateway-protocol.js';
import type { Machine } from '../../test/support/load/machine-load.js';
import type { ProcessFootprint } from '../../test/support/load/process-footprint.js';
import type { CallLeftovers } from '../calls/stage.js';
import type { RedisLeftovers } from './redis-leftovers.js';
import { pairs } from '../figures.js';

/** The gateway's footprint at one moment of the soak. */
export interface SoakSample {
  /** Since the end of the warm-up. */
  readonly callsEnded: number;
  readonly callsUp: number;
  readonly heapUsedBytes: number;
  readonly rssBytes: number;
}

export interface SoakReport {
  readonly bench: 'soak';
  readonly at: string;
  readonly machine: Machine;
  /** Load average of the last minute: others disturb what is measured. */
  readonly loadAverage: { readonly before: number; readonly after: number };
  readonly options: { readonly calls: number; readonly atOnce: number; readonly warmUp: number };
  readonly verdict: { readonly ok: boolean; readonly faults: readonly string[] };
  readonly seconds: number;
  readonly calls: {
    /** With the warm-up. */
    readonly placed: number; readonly completed: number; readonly failed: number;
    readonly failures: Readonly<Record<string, number>>;
  };
  readonly growth: {
    /** Linear regression over samples while calls come and go, without the warm-up. */
    readonly heapBytesPerCall: number;
    readonly rssBytesPerCall: number;
    /** The same over the second half of the calls: the warmer the code, the nearer to what really leaks. */
    readonly secondHalf: { readonly heapBytesPerCall: number; readonly rssBytesPerCall: number };
    /** Difference of two quiet moments, no call up, over the calls between them. */
    readonly idleHeapBytesPerCall: number;
    /** Of this, machine code. */
    readonly idleCodeBytesPerCall: number;
    readonly idleRssBytesPerCall: number;
  };
  readonly samples: readonly SoakSample[];
  readonly idle: { readonly afterWarmUp: ProcessFootprint; readonly atTheEnd: ProcessFootprint };
  /** More at the end than after the warm-up: active resources by type, threads, sockets, files. */
  readonly grown: Readonly<Record<string, number>>;
  readonly leftovers: CallLeftovers;
  readonly redis: { readonly gatewayThere: RedisLeftovers; readonly gatewayGone: RedisLeftovers };
  readonly gateway: GatewayFigures & { readonly warnings: Readonly<Record<string, number>>; readonly metrics: Readonly<Record<string, number>> };
}

export const HEAP_BYTES_PER_CALL_MAX = 1024;
const MB = 1024 * 1024;

/** What keeps a run from counting as a soak passed. */
export function faultsOf(report: Omit<SoakReport, 'verdict'>): readonly string[] {
  const { calls, growth, leftovers, redis, grown, gateway: { events }, options } = report;
  const expected = options.calls + options.warmUp;
  const faults: string[] = [];
  if (calls.failed > 0) faults.push(`${calls.failed} calls failed: ${pairs(calls.failures)}`);
  if (calls.completed !== expected) faults.push(`${calls.completed} of ${expected} calls were completed`);
  for (const type of ['call.started', 'call.ended']) {
    if (events.counts[type] !== expected) faults.push(`${String(events.counts[type] ?? 0)} events ${type} for ${expected} calls`);
  }
  if (growth.heapBytesPerCall > HEAP_BYTES_PER_CALL_MAX) faults.push(`the heap grows by ${growth.heapBytesPerCall.toFixed(0)} bytes per call, more than ${HEAP_BYTES_PER_CALL_MAX}`);
  if (growth.idleHeapBytesPerCall > HEAP_BYTES_PER_CALL_MAX) faults.push(`the heap has grown by ${growth.idleHeapBytesPerCall.toFixed(0)} bytes per call between two quiet moments`);
  if (Object.keys(grown).length > 0) faults.push(`more than after the warm-up: ${pairs(grown)}`);
  const left = Object.entries(leftovers).filter(([, count]) => count > 0);
  if (left.length > 0) faults.push(`left over after the last call: ${pairs(Object.fromEntries(left))}`);
  for (const [when, found] of Object.entries(redis)) faults.push(...redisFaults(when, found, expected));
  return faults;
}

export function redisFaults(when: string, { leaked, calls, callsNotEnded, outboxEvents }: RedisLeftovers, expected: number): readonly string[] {
  const faults: string[] = [];
  if (leaked.length > 0) faults.push(`${leaked.length} keys leaked (${when}): ${leaked.slice(0, 5).join(', ')}`);
  if (calls !== expected) faults.push(`${calls} records of ${expected} calls in Redis (${when})`);
  if (callsNotEnded > 0) faults.push(`${callsNotEnded} records of calls that have not ended (${when})`);
  if (outboxEvents > 0) faults.push(`${outboxEvents} events left in the outbox (${when})`);
  return faults;
}

/** The report for people. */
export function tableOf(report: SoakReport): string {
  const { calls, growth, idle, redis, gateway, machine, options, verdict, loadAverage, samples } = report;
  const { process: own, events } = gateway;
  const total = events.turnLatencyMs.totalMs;
  const rows: readonly (readonly [string, string])[] = [
    ['machine', `${machine.cpus} × ${machine.cpu}, node ${machine.node}; load average ${loadAverage.before.toFixed(2)} before, ${loadAverage.after.toFixed(2)} after`],
    ['calls', `${calls.placed} placed, ${options.atOnce} at once, ${calls.completed} completed, ${calls.failed} failed${calls.failed > 0 ? ` (${pairs(calls.failures)})` : ''}; ${report.seconds.toFixed(0)} s`],
    ['heap', `${growth.heapBytesPerCall.toFixed(0)} bytes per call (regression over ${samples.length} samples; over the second half ${growth.secondHalf.heapBytesPerCall.toFixed(0)}), ${growth.idleHeapBytesPerCall.toFixed(0)} between quiet moments (${growth.idleCodeBytesPerCall.toFixed(0)} of it machine code): ${(idle.afterWarmUp.heapUsedBytes / MB).toFixed(2)} → ${(idle.atTheEnd.heapUsedBytes / MB).toFixed(2)} MB`],
    ['RSS', `${growth.rssBytesPerCall.toFixed(0)} bytes per call (regression; over the second half ${growth.secondHalf.rssBytesPerCall.toFixed(0)}), ${growth.idleRssBytesPerCall.toFixed(0)} between quiet moments: ${(idle.afterWarmUp.rssBytes / MB).toFixed(1)} → ${(idle.atTheEnd.rssBytes / MB).toFixed(1)} MB`],
    ['resources', `${pairs(idle.atTheEnd.resources)}; ${idle.atTheEnd.threads} threads, ${idle.atTheEnd.sockets} sockets, ${idle.atTheEnd.files} files; more than after the warm-up: ${pairs(report.grown) || 'none'}`],
    ['left over', pairs({ ...report.leftovers })],
    ['Redis', `${redis.gatewayThere.keys} keys at the end, ${redis.gatewayThere.leaked.length} leaked; ${redis.gatewayGone.keys} without the gateway, ${redis.gatewayGone.leaked.length} leaked; ${redis.gatewayGone.outboxEvents} events in the outbox`],
    ['turn latency, by events', total === undefined ? 'never' : `p50 ${total.p50.toFixed(0)}, p99 ${total.p99.toFixed(0)} ms (${total.count})`],
    ['gateway CPU', `${own.cpuMsPerS.toFixed(0)} ms/s`],
    ['gateway metrics', pairs(gateway.metrics)],
    ['gateway warnings', pairs(gateway.warnings) || 'none'],
    ['verdict', verdict.ok ? 'nothing failed and nothing was left' : verdict.faults.join('; ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
