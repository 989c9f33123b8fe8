import { readFile } from 'node:fs/promises';
import { canPin } from '../../test/support/load/load-process.js';
import { machine, machineSample } from '../../test/support/load/machine-load.js';
import { metricsOf, warningsIn } from '../../test/support/load/gateway-traces.js';
import { faultsOf, type CallsReport } from './calls-report.js';
import type { CallsOptions } from './options.js';
import { callFigures, onStage, passed, type Stage, untilIdle } from './stage.js';

const SETTLE_MS = 3000;
const SAMPLE_MS = 250;

/** Runs the load once and returns what was found; whatever was started is ended. */
export async function runCalls(options: CallsOptions, progress: (line: string) => void): Promise<CallsReport> {
  const { calls, ariPort, state, profileDirectory } = options;
  const pinned = options.pin && canPin();
  return onStage({
    callers: { callers: calls, ariPort, exchanges: null, redialMs: null }, callsMax: calls * 2, state, pinned,
    gatewayNodeArgs: profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`],
  }, (stage) => measure({ options, progress, pinned, stage }));
}

interface Scene {
  readonly options: CallsOptions;
  readonly progress: (line: string) => void;
  readonly pinned: boolean;
  readonly stage: Stage;
}

async function measure({ options, progress, pinned, stage }: Scene): Promise<CallsReport> {
  const { gateway, callers, httpPort } = stage;
  const { footprint: idle } = await gateway.ask({ type: 'memory' }, 'memory');
  const rampMs = (options.calls / options.rampPerS) * 1000;
  progress(`${options.calls} calls within ${(rampMs / 1000).toFixed(0)} s`);
  callers.send({ type: 'begin', rampMs, callers: options.calls, calls: null });
  await passed(rampMs + SETTLE_MS);

  progress(`measuring for ${options.seconds} s`);
  const before = { machine: machineSample(), callers: await callers.ask({ type: 'report' }, 'report'), calls: await callFigures(stage) };
  gateway.send({ type: 'start' });
  callers.send({ type: 'measure', on: true });
  const held = await sampleHeld(stage, options.seconds * 1000);
  callers.send({ type: 'measure', on: false });
  const figures = await gateway.ask({ type: 'stop' }, 'figures');
  const after = { machine: machineSample(), callers: await callers.ask({ type: 'report' }, 'report') };
  const metrics = await metricsOf(httpPort);

  progress('hanging up');
  callers.send({ type: 'stop', rampMs: rampMs / 4 });
  const leftovers = await untilIdle(stage);
  const calls = await callFigures(stage);
  const seconds = figures.process.wallMs / 1000;
  const callersCpuMsPerS = (after.callers.cpuMs - before.callers.cpuMs) / seconds;
  const failed = Object.values(calls.failures).reduce((sum, count) => sum + count, 0);
  const report: Omit<CallsReport, 'verdict'> = {
    bench: 'calls', at: new Date().toISOString(), machine: machine(), options: { calls: options.calls, seconds: options.seconds, state: options.state, pinned },
    calls: {
      heldMean: held.reduce((sum, count) => sum + count, 0) / Math.max(1, held.length), heldMin: Math.min(...held), heldMax: Math.max(...held),
      placed: calls.callsPlaced, completed: calls.callsDone, failed, failures: calls.failures,
      perSecond: (figures.events.counts['call.started'] ?? 0) / seconds,
    },
    gateway: {
      process: figures.process, events: figures.events, rssIdleBytes: idle.rssBytes, metrics,
      cpuMsPerSPerCall: figures.process.cpuMsPerS / options.calls, rssBytesPerCall: (figures.process.rssBytes - idle.rssBytes) / options.calls,
      warnings: warningsIn(await readFile(stage.gatewayLog, 'utf8')),
    },
    callers: { ...after.callers.crowd, cpuMsPerS: callersCpuMsPerS },
    othersCpuMsPerS: (after.machine.busyMs - before.machine.busyMs) / seconds - figures.process.cpuMsPerS - callersCpuMsPerS,
    stolenCpuMsPerS: (after.machine.stolenMs - before.machine.stolenMs) / seconds,
    leftovers,
  };
  const faults = faultsOf(report);
  return { ...report, verdict: { ok: faults.length === 0, faults } };
}

async function sampleHeld(stage: Stage, durationMs: number): Promise<readonly number[]> {
  const held: number[] = [];
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    held.push((await callFigures(stage)).answeredNow);
    await passed(SAMPLE_MS);
  }
  return held;
}
