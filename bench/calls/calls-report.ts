import type { CrowdReport } from './crowd-protocol.js';
import type { CallLeftovers } from './stage.js';
import type { GatewayFigures } from '../../test/support/load/gateway-protocol.js';
import type { Distribution } from '../../test/support/load/histogram.js';
import type { Machine } from '../../test/support/load/machine-load.js';
import { pairs } from '../figures.js';

/** What `npm run bench -- calls` found out; the form of its JSON. */
export interface CallsReport {
  readonly bench: 'calls';
  readonly at: string;
  readonly machine: Machine;
  readonly options: { readonly calls: number; readonly seconds: number; readonly state: 'memory' | 'redis'; readonly pinned: boolean };
  readonly verdict: { readonly ok: boolean; readonly faults: readonly string[] };
  readonly calls: {
    /** Calls up at one time, sampled four times a second while measuring. Callers pause between two calls. */
    readonly heldMean: number; readonly heldMin: number; readonly heldMax: number;
    readonly placed: number; readonly completed: number; readonly failed: number;
    readonly failures: Readonly<Record<string, number>>;
    readonly perSecond: number;
  };
  readonly gateway: GatewayFigures & {
    readonly cpuMsPerSPerCall: number;
    readonly rssIdleBytes: number;
    readonly rssBytesPerCall: number;
    readonly warnings: Readonly<Record<string, number>>;
    readonly metrics: Readonly<Record<string, number>>;
  };
  readonly callers: CrowdReport & { readonly cpuMsPerS: number };
  /** CPU that neither gateway nor callers used: other programs on this machine disturb what is measured. */
  readonly othersCpuMsPerS: number;
  readonly stolenCpuMsPerS: number;
  readonly leftovers: CallLeftovers;
}

const MB = 1024 * 1024;
const LOSS_MAX = 0.01;
const INTERVAL_P99_MAX_MS = 25;

export function lossOf({ audio }: CrowdReport): number {
  return audio.received + audio.lost === 0 ? 1 : audio.lost / (audio.received + audio.lost);
}

/** What keeps a run from counting as "these calls are held". */
export function faultsOf(report: Omit<CallsReport, 'verdict'>): readonly string[] {
  const { calls, callers, leftovers, options } = report;
  const faults: string[] = [];
  if (calls.failed > 0) faults.push(`${calls.failed} calls failed: ${pairs(calls.failures)}`);
  if (calls.heldMax < options.calls * 0.9) faults.push(`at most ${calls.heldMax} of ${options.calls} calls were up at one time`);
  if (callers.audio.received === 0) faults.push('the callers received nothing');
  if (lossOf(callers) >= LOSS_MAX) faults.push(`loss ${percent(lossOf(callers))} is not below ${percent(LOSS_MAX)}`);
  if (callers.audio.intervalMs.p99 > INTERVAL_P99_MAX_MS) faults.push(`p99 of the frame intervals is ${callers.audio.intervalMs.p99} ms, above ${INTERVAL_P99_MAX_MS}`);
  const left = Object.entries(leftovers).filter(([, count]) => count > 0);
  if (left.length > 0) faults.push(`left over after the last call: ${pairs(Object.fromEntries(left))}`);
  return faults;
}

/** The report for people. */
export function tableOf(report: CallsReport): string {
  const { calls, gateway, callers, machine, options, verdict } = report;
  const { process: own, events } = gateway;
  const { audio } = callers;
  const rows: readonly (readonly [string, string])[] = [
    ['machine', `${machine.cpus} × ${machine.cpu}, node ${machine.node}; gateway and callers ${options.pinned ? 'on a CPU each' : 'not tied to CPUs'}`],
    ['calls up', `mean ${calls.heldMean.toFixed(0)}, min ${calls.heldMin}, max ${calls.heldMax} of ${options.calls}, for ${(own.wallMs / 1000).toFixed(0)} s; state in ${options.state}`],
    ['calls', `${calls.placed} placed, ${calls.completed} completed, ${calls.failed} failed${calls.failed > 0 ? ` (${pairs(calls.failures)})` : ''}; ${calls.perSecond.toFixed(1)} new ones a second`],
    ['turn latency, by events', distribution(events.turnLatencyMs.totalMs)],
    ...Object.entries(events.turnLatencyMs).filter(([stage]) => stage !== 'totalMs').map(([stage, figures]) => [`  ${stage.replace(/Ms$/u, '')}`, distribution(figures)] as const),
    ['as callers heard it: greeting', distribution(callers.greetingMs)],
    ['  reply', distribution(callers.responseMs)],
    ['  silence after barge-in', distribution(callers.stopMs)],
    ['interval of frames received', `${distribution(audio.intervalMs, 2)}; ${percent(audio.within5Ms)} within 20 ± 5 ms`],
    ['loss gateway → callers', `${percent(lossOf(callers))} (${audio.lost} of ${audio.received + audio.lost} packets), ${audio.reordered} reordered`],
    ['gateway CPU', `${own.cpuMsPerS.toFixed(0)} ms/s = ${gateway.cpuMsPerSPerCall.toFixed(2)} ms/s per call; ${own.systemCpuMsPerS.toFixed(0)} of it kernel`],
    ['  by thread', `main ${own.mainThreadCpuMsPerS.toFixed(0)}, media ${own.busiestThreadCpuMsPerS.toFixed(0)}, others ${own.otherThreadsCpuMsPerS.toFixed(0)} ms/s`],
    ['main thread', `event loop ${percent(own.mainThreadBusy)} busy, late by p50 ${own.eventLoopDelayMs.p50.toFixed(1)}, p99 ${own.eventLoopDelayMs.p99.toFixed(1)}, max ${own.eventLoopDelayMs.max.toFixed(1)} ms`],
    ['garbage collection', `${own.gc.msPerS.toFixed(1)} ms/s; ${own.gc.minor} minor, ${own.gc.major} major; pause p99 ${own.gc.pausesMs.p99.toFixed(1)}, max ${own.gc.pausesMs.max.toFixed(1)} ms`],
    ['memory', `RSS ${(own.rssBytes / MB).toFixed(0)} MB, idle ${(gateway.rssIdleBytes / MB).toFixed(0)} MB: ${(gateway.rssBytesPerCall / MB).toFixed(2)} MB per call; heap ${(own.heapUsedBytes / MB).toFixed(0)} MB`],
    ['gateway metrics', pairs(gateway.metrics)],
    ['gateway warnings', Object.keys(gateway.warnings).length === 0 ? 'none' : pairs(gateway.warnings)],
    ['callers and fake Asterisk', `${callers.cpuMsPerS.toFixed(0)} ms/s CPU, ${callers.packetsDropped} packets dropped unread`],
    ['other programs', `${report.othersCpuMsPerS.toFixed(0)} ms/s CPU${report.stolenCpuMsPerS > 0 ? `, ${report.stolenCpuMsPerS.toFixed(0)} ms/s stolen by the host` : ''} while measuring`],
    ['verdict', verdict.ok ? `${options.calls} calls held` : `not held: ${verdict.faults.join('; ')}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function distribution(figures: Distribution | undefined, digits = 0): string {
  if (figures === undefined || figures.count === 0) return 'never';
  const { p50, p99, p999, max, count } = figures;
  return `p50 ${p50.toFixed(digits)}, p99 ${p99.toFixed(digits)}, p99.9 ${p999.toFixed(digits)}, max ${max.toFixed(digits)} ms (${count})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
