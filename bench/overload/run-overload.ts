import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { warningsIn } from '../../test/support/load/gateway-traces.js';
import { canPin } from '../../test/support/load/load-process.js';
import { machine } from '../../test/support/load/machine-load.js';
import { callFigures, onStage, passed, type Stage, untilIdle } from '../calls/stage.js';
import type { OverloadOptions } from './options.js';
import { faultsOf, type OverloadReport, ratiosOf, type Stretch } from './overload-report.js';

const RAMP_PER_S = 20;
/** Turns that began before are not counted, as long as they take no longer. */
const SETTLE_MS = 8000;

/** Runs once and returns what was found; whatever was started is ended. */
export async function runOverload(options: OverloadOptions, progress: (line: string) => void): Promise<OverloadReport> {
  const { limit, rounds, state, redialMs } = options;
  const pinned = options.pin && canPin();
  const loadBefore = loadavg()[0] ?? 0;
  return onStage({
    callers: { callers: limit * 2, ariPort: 0, exchanges: null, redialMs }, callsMax: limit, state, pinned,
    gatewayEnv: { VG_LIMITS_LOOP_DELAY_MS_MAX: '60000' }, // the limit is what refuses here, not how busy others keep this machine
  }, async (stage) => {
    const stretches: Stretch[] = [];
    progress(`${limit} callers`);
    stage.callers.send({ type: 'begin', rampMs: rampMsOf(limit), callers: limit, calls: null });
    await passed(rampMsOf(limit));
    for (let round = 1; round <= rounds; round += 1) {
      stretches.push(await measured(stage, options, { flooded: false, progress, round }));
      stage.callers.send({ type: 'callers', callers: limit * 2, rampMs: rampMsOf(limit) });
      await passed(rampMsOf(limit));
      stretches.push(await measured(stage, options, { flooded: true, progress, round }));
      stage.callers.send({ type: 'callers', callers: limit, rampMs: 0 });
    }
    stage.callers.send({ type: 'stop', rampMs: rampMsOf(limit) / 4 });
    await passed(rampMsOf(limit) / 4);
    const leftovers = await untilIdle(stage);
    const { callsDone, failures, refusals, refusalMs } = await callFigures(stage);
    const report: Omit<OverloadReport, 'verdict'> = {
      bench: 'overload', at: new Date().toISOString(), machine: machine(), loadAverage: { before: loadBefore, after: loadavg()[0] ?? 0 }, options: { ...options, pinned },
      stretches, ratios: ratiosOf(stretches), calls: { completed: callsDone, failures }, refusals: { byCause: refusals, afterMs: refusalMs }, leftovers,
      warnings: warningsIn(await readFile(stage.gatewayLog, 'utf8')),
    };
    const faults = faultsOf(report);
    return { ...report, verdict: { ok: faults.length === 0, faults } };
  });
}

function rampMsOf(callers: number): number {
  return (callers / RAMP_PER_S) * 1000;
}

interface Half {
  readonly flooded: boolean;
  readonly round: number;
  readonly progress: (line: string) => void;
}

async function measured(stage: Stage, { seconds, rounds }: OverloadOptions, { flooded, round, progress }: Half): Promise<Stretch> {
  await passed(SETTLE_MS);
  progress(`round ${round} of ${rounds}, ${flooded ? 'with' : 'without'} refused callers: measuring for ${seconds} s`);
  const refusedBefore = refusedIn(await callFigures(stage));
  stage.gateway.send({ type: 'start' });
  await passed(seconds * 1000);
  const { process: own, events } = await stage.gateway.ask({ type: 'stop' }, 'figures');
  const after = await callFigures(stage);
  const refusedPerS = ((refusedIn(after) - refusedBefore) * 1000) / own.wallMs;
  return { flooded, refusedPerS, turnLatencyMs: events.turnLatencyMs, cpuMsPerS: own.cpuMsPerS, mainThreadBusy: own.mainThreadBusy, eventLoopDelayMs: own.eventLoopDelayMs, loadAverage: loadavg()[0] ?? 0 };
}

function refusedIn({ refusals }: { readonly refusals: Readonly<Record<string, number>> }): number {
  return Object.values(refusals).reduce((sum, count) => sum + count, 0);
}
