import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { type AsteriskLoadReport, runAsteriskLoad } from '../../test/support/load/asterisk-load.js';
import { type Machine, machine } from '../../test/support/load/machine-load.js';
import { RedisServer } from '../../test/support/servers/redis-server.js';
import type { SoakOptions } from './options.js';
import { type RedisLeftovers, redisLeftovers } from './redis-leftovers.js';
import { pairs } from '../figures.js';
import { redisFaults } from './soak-report.js';

const STAGGER_MS = 200;
const FAILURES_TOLD_MAX = 5;

export interface AsteriskSoakReport {
  readonly bench: 'soak-asterisk';
  readonly at: string;
  readonly machine: Machine;
  readonly loadAverage: { readonly before: number; readonly after: number };
  readonly options: { readonly calls: number; readonly atOnce: number };
  readonly verdict: { readonly ok: boolean; readonly faults: readonly string[] };
  readonly seconds: number;
  readonly completed: number;
  readonly failures: readonly string[];
  /** After the gateway has ended. */
  readonly redis: RedisLeftovers;
  readonly leftovers: AsteriskLoadReport['leftovers'];
  readonly gateway: AsteriskLoadReport['gateway'];
  readonly callsAtOnceMax: number;
  readonly othersCpuMsPerS: number;
}

/** The same through a real Asterisk, with simulated callers who judge what they hear. */
export async function runAsteriskSoak({ calls, atOnce }: SoakOptions): Promise<AsteriskSoakReport> {
  const directory = await mkdtemp(path.join(tmpdir(), 'vg-bench-soak-'));
  const loadBefore = loadavg()[0] ?? 0;
  const server = await RedisServer.start();
  const redis = server.connect();
  const startedAtMs = performance.now();
  try {
    const load = await runAsteriskLoad({
      calls, atOnce, staggerMs: STAGGER_MS,
      env: {
        VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: server.url, VG_STATE_REFUGE_DIRECTORY: path.join(directory, 'refuge'),
        VG_LIMITS_LOOP_DELAY_MS_MAX: '60000', // how busy others keep this machine is not what is asked
      },
    });
    const seconds = (performance.now() - startedAtMs) / 1000;
    const left = await redisLeftovers(redis, { gatewayThere: false });
    const { leftovers, gateway, callsAtOnceMax, othersCpuMsPerS } = load;
    const failures = load.calls.filter(({ ok }) => !ok).map(({ name, failures: why }) => `${name}: ${why.join('; ')}`);
    const report: Omit<AsteriskSoakReport, 'verdict'> = {
      bench: 'soak-asterisk', at: new Date().toISOString(), machine: machine(), loadAverage: { before: loadBefore, after: loadavg()[0] ?? 0 },
      options: { calls, atOnce }, seconds, completed: load.calls.length - failures.length, failures, redis: left, leftovers, gateway, callsAtOnceMax, othersCpuMsPerS,
    };
    const faults = faultsOf(report);
    return { ...report, verdict: { ok: faults.length === 0, faults } };
  } finally {
    redis.disconnect();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function faultsOf({ options: { calls }, completed, failures, redis, leftovers, gateway: { events } }: Omit<AsteriskSoakReport, 'verdict'>): readonly string[] {
  const faults: string[] = [];
  if (completed !== calls) faults.push(`${completed} of ${calls} calls went as their script tells: ${failures.slice(0, FAILURES_TOLD_MAX).join(' / ')}`);
  for (const type of ['call.started', 'call.ended']) {
    if (events.counts[type] !== calls) faults.push(`${String(events.counts[type] ?? 0)} events ${type} for ${calls} calls`);
  }
  const left = Object.entries(leftovers).filter(([, count]) => count > 0);
  if (left.length > 0) faults.push(`left over after the last call: ${pairs(Object.fromEntries(left))}`);
  return [...faults, ...redisFaults('gateway gone', redis, calls)];
}

/** The report for people. */
export function asteriskTableOf(report: AsteriskSoakReport): string {
  const { machine: where, loadAverage, options, completed, failures, seconds, redis, leftovers, gateway, verdict } = report;
  const total = gateway.events.turnLatencyMs.totalMs;
  const rows: readonly (readonly [string, string])[] = [
    ['machine', `${where.cpus} × ${where.cpu}, node ${where.node}; load average ${loadAverage.before.toFixed(2)} before, ${loadAverage.after.toFixed(2)} after; others used ${report.othersCpuMsPerS.toFixed(0)} ms/s CPU`],
    ['calls', `${options.calls} through Asterisk, ${report.callsAtOnceMax} at once, ${completed} completed, ${failures.length} failed; ${seconds.toFixed(0)} s`],
    ['left over', pairs({ ...leftovers })],
    ['Redis', `${redis.keys} keys without the gateway, ${redis.leaked.length} leaked; ${redis.outboxEvents} events in the outbox`],
    ['turn latency, by events', total === undefined ? 'never' : `p50 ${total.p50.toFixed(0)}, p99 ${total.p99.toFixed(0)} ms (${total.count})`],
    ['gateway', `CPU ${gateway.process.cpuMsPerS.toFixed(0)} ms/s, RSS ${(gateway.process.rssBytes / 2 ** 20).toFixed(0)} MB`],
    ['gateway warnings', pairs(gateway.warnings) || 'none'],
    ['verdict', verdict.ok ? 'nothing failed and nothing was left' : verdict.faults.join('; ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
