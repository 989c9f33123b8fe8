import type { Distribution } from '../../test/support/load/histogram.js';
import type { Machine } from '../../test/support/load/machine-load.js';
import type { ProcessFigures } from '../../test/support/load/process-meter.js';
import type { EventFigures } from '../../test/support/load/turn-latency-publisher.js';
import type { CallLeftovers } from '../calls/stage.js';
import type { OverloadOptions } from './options.js';
import { median, pairs } from '../figures.js';

/** One measured half of a round: the node full, without or with callers that it has to refuse. */
export interface Stretch {
  readonly flooded: boolean;
  readonly refusedPerS: number;
  /** Of the calls that were admitted, by their events. */
  readonly turnLatencyMs: EventFigures['turnLatencyMs'];
  readonly cpuMsPerS: number;
  readonly mainThreadBusy: number;
  readonly eventLoopDelayMs: ProcessFigures['eventLoopDelayMs'];
  readonly loadAverage: number;
}

/** With refused callers over without: medians over the rounds. */
export interface Ratios {
  readonly p50: number;
  readonly p95: number;
}

export interface OverloadReport {
  readonly bench: 'overload';
  readonly at: string;
  readonly machine: Machine;
  readonly loadAverage: { readonly before: number; readonly after: number };
  readonly options: Omit<OverloadOptions, 'pin' | 'jsonFile'> & { readonly pinned: boolean };
  readonly verdict: { readonly ok: boolean; readonly faults: readonly string[] };
  readonly stretches: readonly Stretch[];
  readonly ratios: Ratios;
  readonly calls: { readonly completed: number; readonly failures: Readonly<Record<string, number>> };
  /** Q.850 causes, and the time from the ring to the refusal as the caller's side sees it. */
  readonly refusals: { readonly byCause: Readonly<Record<string, number>>; readonly afterMs: Distribution };
  readonly leftovers: CallLeftovers;
  readonly warnings: Readonly<Record<string, number>>;
}

const CONGESTION = '34';
const REFUSAL_MS_MAX = 200;
const RATIO_MAX = 1.1;

export function ratiosOf(stretches: readonly Stretch[]): Ratios {
  const typical = (flooded: boolean, share: 'p50' | 'p95'): number => median(stretches.filter((stretch) => stretch.flooded === flooded).map(({ turnLatencyMs }) => turnLatencyMs.totalMs?.[share] ?? NaN));
  return { p50: typical(true, 'p50') / typical(false, 'p50'), p95: typical(true, 'p95') / typical(false, 'p95') };
}

/** What keeps a run from counting as an overload survived. */
export function faultsOf({ ratios, calls, refusals, leftovers }: Omit<OverloadReport, 'verdict'>): readonly string[] {
  const faults: string[] = [];
  for (const [share, ratio] of [['p50', ratios.p50], ['p95', ratios.p95]] as const) {
    if (!(ratio <= RATIO_MAX)) faults.push(`${share} of the turn latency is ${ratio.toFixed(2)} times as long with refused callers`);
  }
  if (Object.keys(calls.failures).length > 0) faults.push(`admitted calls failed: ${pairs(calls.failures)}`);
  const { byCause, afterMs } = refusals;
  if (afterMs.count === 0) faults.push('nobody was refused');
  if (Object.keys(byCause).some((cause) => cause !== CONGESTION)) faults.push(`refused for other causes than congestion: ${pairs(byCause)}`);
  if (afterMs.p99 > REFUSAL_MS_MAX) faults.push(`refusals took ${afterMs.p99} ms (p99), more than ${REFUSAL_MS_MAX}`);
  const left = Object.entries(leftovers).filter(([, count]) => count > 0);
  if (left.length > 0) faults.push(`left over after the last call: ${pairs(Object.fromEntries(left))}`);
  return faults;
}

/** The report for people. */
export function tableOf(report: OverloadReport): string {
  const { machine, loadAverage, options, stretches, ratios, calls, refusals, leftovers, warnings, verdict } = report;
  const { afterMs } = refusals;
  const rows: readonly (readonly [string, string])[] = [
    ['machine', `${machine.cpus} × ${machine.cpu}, node ${machine.node}; load average ${loadAverage.before.toFixed(2)} before, ${loadAverage.after.toFixed(2)} after`],
    ['calls', `${options.limit} at once, state in ${options.state}; ${calls.completed} completed${Object.keys(calls.failures).length > 0 ? `, failed: ${pairs(calls.failures)}` : ', none failed'}`],
    ...stretches.map(rowOf),
    ['with over without', `p50 ${ratios.p50.toFixed(3)}, p95 ${ratios.p95.toFixed(3)} (medians over the rounds)`],
    ['refused', `${afterMs.count} by cause: ${pairs(refusals.byCause)}; after p50 ${afterMs.p50.toFixed(0)}, p99 ${afterMs.p99.toFixed(0)}, max ${afterMs.max.toFixed(0)} ms`],
    ['left over', pairs({ ...leftovers })],
    ['gateway warnings', pairs(warnings) || 'none'],
    ['verdict', verdict.ok ? 'refused at once, and the others notice nothing' : verdict.faults.join('; ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function rowOf({ flooded, refusedPerS, turnLatencyMs: { totalMs }, cpuMsPerS, eventLoopDelayMs, loadAverage }: Stretch): readonly [string, string] {
  const latency = totalMs === undefined ? 'no turn' : `turn latency p50 ${totalMs.p50.toFixed(0)}, p95 ${totalMs.p95.toFixed(0)} ms (${totalMs.count})`;
  return [flooded ? `${refusedPerS.toFixed(0)} refused a second` : 'none refused', `${latency}; CPU ${cpuMsPerS.toFixed(0)} ms/s, main thread late by p99 ${eventLoopDelayMs.p99.toFixed(1)} ms; load average ${loadAverage.toFixed(2)}`];
}
