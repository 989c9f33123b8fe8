import type { Distribution } from '../../test/support/load/histogram.js';
import type { Machine } from '../../test/support/load/machine-load.js';
import type { ProcessFigures } from '../../test/support/load/process-meter.js';
import type { CallLeftovers } from '../calls/stage.js';
import type { AskedFigures } from './api-clients.js';
import type { ApiOptions } from './options.js';
import { median, pairs } from '../figures.js';

/** One measured half of a round. */
export interface Stretch {
  /** Null: nothing was asked. */
  readonly asked: AskedFigures | null;
  readonly frameIntervalMs: Distribution;
  readonly framesLost: number;
  readonly framesWithin5Ms: number;
  readonly turnLatencyMs: Distribution | null;
  readonly cpuMsPerS: number;
  readonly mainThreadBusy: number;
  readonly eventLoopDelayMs: ProcessFigures['eventLoopDelayMs'];
  readonly callsUp: number;
  readonly loadAverage: number;
}

export interface ApiReport {
  readonly bench: 'api';
  readonly at: string;
  readonly machine: Machine;
  readonly options: Omit<ApiOptions, 'pin' | 'jsonFile' | 'profileDirectory'> & { readonly pinned: boolean };
  readonly verdict: { readonly ok: boolean; readonly faults: readonly string[] };
  readonly stretches: readonly Stretch[];
  /** With requests over without: medians over the rounds. */
  readonly ratios: { readonly frameIntervalP99: number; readonly turnLatencyP50: number };
  readonly calls: { readonly completed: number; readonly failures: Readonly<Record<string, number>> };
  readonly leftovers: CallLeftovers;
  readonly warnings: Readonly<Record<string, number>>;
}

const ANSWER_P99_MS_MAX = 50;
const FRAME_MS = 20;
const FRAME_P99_OFF_MS_MAX = 5;

export function ratiosOf(stretches: readonly Stretch[]): ApiReport['ratios'] {
  const ratio = (of: (stretch: Stretch) => number): number => {
    const typical = (asked: boolean): number => median(stretches.filter((stretch) => (stretch.asked !== null) === asked).map(of));
    return typical(true) / typical(false);
  };
  return { frameIntervalP99: ratio(({ frameIntervalMs }) => frameIntervalMs.p99), turnLatencyP50: ratio(({ turnLatencyMs }) => turnLatencyMs?.p50 ?? NaN) };
}

/** What misses the goals: the API fast enough, and callers notice nothing of it. */
export function faultsOf({ stretches, calls, leftovers }: Pick<ApiReport, 'stretches' | 'calls' | 'leftovers'>): readonly string[] {
  const faults: string[] = [];
  for (const { asked, frameIntervalMs } of stretches) {
    if (asked === null) continue;
    for (const [name, { p99 }] of [['lists', asked.listMs], ['calls', asked.getMs]] as const) if (p99 > ANSWER_P99_MS_MAX) faults.push(`p99 of ${name} is ${p99} ms, above ${ANSWER_P99_MS_MAX}`);
    const others = Object.keys(asked.answers).filter((answer) => !answer.endsWith(' 200'));
    if (others.length > 0) faults.push(`answers other than 200: ${pairs(asked.answers)}`);
    if (Math.abs(frameIntervalMs.p99 - FRAME_MS) > FRAME_P99_OFF_MS_MAX) faults.push(`p99 of the frame intervals is ${frameIntervalMs.p99} ms with requests`);
  }
  if (Object.keys(calls.failures).length > 0) faults.push(`calls failed: ${pairs(calls.failures)}`);
  const left = Object.entries(leftovers).filter(([, count]) => count > 0);
  if (left.length > 0) faults.push(`left over after the last call: ${pairs(Object.fromEntries(left))}`);
  return faults;
}

/** The report for people. */
export function tableOf({ machine, options, stretches, ratios, calls, warnings, verdict }: ApiReport): string {
  const rows: readonly (readonly [string, string])[] = [
    ['machine', `${machine.cpus} × ${machine.cpu}, node ${machine.node}; gateway and callers ${options.pinned ? 'on a CPU each' : 'not tied to CPUs'}`],
    ['calls', `${options.calls} callers, state in ${options.state}; ${calls.completed} completed${Object.keys(calls.failures).length > 0 ? `, failed: ${pairs(calls.failures)}` : ', none failed'}`],
    ...stretches.map((stretch) => [stretch.asked === null ? 'nothing asked' : `${options.requestsPerS} requests a second`, rowOf(stretch)] as const),
    ['with over without', `frame interval p99 ${ratios.frameIntervalP99.toFixed(3)}, turn latency p50 ${ratios.turnLatencyP50.toFixed(3)} (medians over the rounds)`],
    ['gateway warnings', pairs(warnings) || 'none'],
    ['verdict', verdict.ok ? 'fast enough, and callers notice nothing' : verdict.faults.join('; ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function rowOf({ asked, frameIntervalMs, framesLost, framesWithin5Ms, turnLatencyMs, cpuMsPerS, mainThreadBusy, eventLoopDelayMs, callsUp, loadAverage }: Stretch): string {
  const answers = asked === null ? '' : `list ${times(asked.listMs)} (${asked.listBytes} bytes), call ${times(asked.getMs)} (${asked.getBytes} bytes), clients late by p99 ${asked.clientLateMs.p99.toFixed(1)}, max ${asked.clientLateMs.max.toFixed(1)} ms; `;
  return `${answers}frame interval p99 ${frameIntervalMs.p99.toFixed(2)} ms, ${(framesWithin5Ms * 100).toFixed(2)} % within 20 ± 5, ${framesLost} lost; `
    + `turn latency p50 ${turnLatencyMs?.p50.toFixed(0) ?? '?'} ms; ${callsUp} up; CPU ${cpuMsPerS.toFixed(0)} ms/s, main thread ${(mainThreadBusy * 100).toFixed(0)} % busy, late by p99 ${eventLoopDelayMs.p99.toFixed(1)}, max ${eventLoopDelayMs.max.toFixed(1)} ms; load average ${loadAverage.toFixed(2)}`;
}

function times({ p50, p99, max }: Distribution): string {
  return `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)} ms`;
}
