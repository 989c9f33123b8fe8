import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GatewayCommand, GatewayMessage } from '../../test/support/load/gateway-protocol.js';
import { canPin, LoadProcess } from '../../test/support/load/load-process.js';
import { tenantFile } from '../../test/support/load/load-tenant.js';
import { machine, machineSample } from '../../test/support/load/machine-load.js';
import { metricsOf, warningsIn } from '../../test/support/load/gateway-traces.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER } from '../../test/support/servers/fake-ari.js';
import { APP, DID, type CallersCommand, type CallersInput, type CallersMessage, type CallFigures } from './callers-protocol.js';
import { faultsOf, type CallsReport } from './calls-report.js';
import type { CallsOptions } from './options.js';

type Gateway = LoadProcess<GatewayCommand, GatewayMessage>;
type Callers = LoadProcess<CallersCommand, CallersMessage>;

const START_LIMIT_MS = 30_000;
const SETTLE_MS = 3000;
const SAMPLE_MS = 250;
const IDLE_LIMIT_MS = 15_000;

/** Runs the load once and returns what was found; whatever was started is ended. */
export async function runCalls(options: CallsOptions, progress: (line: string) => void): Promise<CallsReport> {
  const directory = await mkdtemp(path.join(tmpdir(), 'vg-bench-calls-'));
  const pinned = options.pin && canPin();
  const callers: Callers = await LoadProcess.start({
    name: 'callers', program: new URL('./callers-program.js', import.meta.url), cpu: pinned ? 1 : null, logFile: path.join(directory, 'callers.log'),
    args: [JSON.stringify({ callers: options.calls, ariPort: options.ariPort, exchanges: null } satisfies CallersInput)],
  });
  let gateway: Gateway | undefined;
  try {
    const { ariUrl } = await callers.next('ready', START_LIMIT_MS);
    gateway = await startGateway({ options, directory, ariUrl, cpu: pinned ? 0 : null });
    // Either may come first, and what nobody waits for is gone.
    const [{ httpPort }] = await Promise.all([gateway.next('ready', START_LIMIT_MS), callers.next('gateway-came', START_LIMIT_MS)]);
    return await measure({ options, progress, pinned, gateway, callers, httpPort, directory });
  } finally {
    await Promise.all([gateway?.end({ type: 'end' }), callers.end({ type: 'end' })]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function startGateway({ options, directory, ariUrl, cpu }: { options: CallsOptions; directory: string; ariUrl: string; cpu: number | null }): Promise<Gateway> {
  const { profileDirectory } = options;
  const tenants = path.join(directory, 'load.yaml');
  await writeFile(tenants, tenantFile(DID, options.calls * 2));
  return LoadProcess.start({
    name: 'gateway', program: new URL('../../test/support/load/gateway-program.js', import.meta.url), cpu,
    logFile: path.join(directory, 'gateway.log'), nodeArgs: ['--expose-gc', ...(profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`])],
    env: {
      VG_NODE_NAME: 'bench', VG_HTTP_PORT: '0', VG_ASTERISK_ARI_URL: ariUrl, VG_ASTERISK_USERNAME: FAKE_ARI_USER,
      VG_ASTERISK_PASSWORD: FAKE_ARI_PASSWORD, VG_ASTERISK_APP: APP, VG_MEDIA_PORT: '0',
      VG_MEDIA_LEGS_MAX: String(options.calls * 2), VG_LIMITS_CALLS_MAX: String(options.calls * 2), VG_TENANTS_DIRECTORY: directory,
      VG_EVENTS_DIRECTORY: path.join(directory, 'events'), VG_LOG_LEVEL: 'info',
    },
  });
}

interface Scene {
  readonly options: CallsOptions;
  readonly progress: (line: string) => void;
  readonly pinned: boolean;
  readonly gateway: Gateway;
  readonly callers: Callers;
  readonly httpPort: number;
  readonly directory: string;
}

async function measure({ options, progress, pinned, gateway, callers, httpPort, directory }: Scene): Promise<CallsReport> {
  const { footprint: idle } = await gateway.ask({ type: 'memory' }, 'memory');
  const rampMs = (options.calls / options.rampPerS) * 1000;
  progress(`${options.calls} calls within ${(rampMs / 1000).toFixed(0)} s`);
  callers.send({ type: 'begin', rampMs, calls: null });
  await passed(rampMs + SETTLE_MS);

  progress(`measuring for ${options.seconds} s`);
  const before = { machine: machineSample(), callers: await callers.ask({ type: 'report' }, 'report'), calls: await callFigures(callers) };
  gateway.send({ type: 'start' });
  callers.send({ type: 'measure', on: true });
  const held = await sampleHeld(callers, options.seconds * 1000);
  callers.send({ type: 'measure', on: false });
  const figures = await gateway.ask({ type: 'stop' }, 'figures');
  const after = { machine: machineSample(), callers: await callers.ask({ type: 'report' }, 'report') };
  const metrics = await metricsOf(httpPort);

  progress('hanging up');
  callers.send({ type: 'stop', rampMs: rampMs / 4 });
  const leftovers = await untilIdle(callers, httpPort);
  const calls = await callFigures(callers);
  const seconds = figures.process.wallMs / 1000;
  const callersCpuMsPerS = (after.callers.cpuMs - before.callers.cpuMs) / seconds;
  const failed = Object.values(calls.failures).reduce((sum, count) => sum + count, 0);
  const report: Omit<CallsReport, 'verdict'> = {
    bench: 'calls', at: new Date().toISOString(), machine: machine(), options: { calls: options.calls, seconds: options.seconds, pinned },
    calls: {
      heldMean: held.reduce((sum, count) => sum + count, 0) / Math.max(1, held.length), heldMin: Math.min(...held), heldMax: Math.max(...held),
      placed: calls.callsPlaced, completed: calls.callsDone, failed, failures: calls.failures,
      perSecond: (figures.events.counts['call.started'] ?? 0) / seconds,
    },
    gateway: {
      process: figures.process, events: figures.events, rssIdleBytes: idle.rssBytes, metrics,
      cpuMsPerSPerCall: figures.process.cpuMsPerS / options.calls, rssBytesPerCall: (figures.process.rssBytes - idle.rssBytes) / options.calls,
      warnings: warningsIn(await readFile(path.join(directory, 'gateway.log'), 'utf8')),
    },
    callers: { ...after.callers.crowd, cpuMsPerS: callersCpuMsPerS },
    othersCpuMsPerS: (after.machine.busyMs - before.machine.busyMs) / seconds - figures.process.cpuMsPerS - callersCpuMsPerS,
    stolenCpuMsPerS: (after.machine.stolenMs - before.machine.stolenMs) / seconds,
    leftovers,
  };
  const faults = faultsOf(report);
  return { ...report, verdict: { ok: faults.length === 0, faults } };
}

async function sampleHeld(callers: Callers, durationMs: number): Promise<readonly number[]> {
  const held: number[] = [];
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    held.push((await callFigures(callers)).answeredNow);
    await passed(SAMPLE_MS);
  }
  return held;
}

async function callFigures(callers: Callers): Promise<CallFigures> {
  return (await callers.ask({ type: 'figures' }, 'figures')).figures;
}

/** Waits until nothing is left of any call, bounded, and tells what is there then. */
async function untilIdle(callers: Callers, httpPort: number): Promise<CallsReport['leftovers']> {
  const end = performance.now() + IDLE_LIMIT_MS;
  for (;;) {
    const { channels, bridges } = await callFigures(callers);
    const metrics = await metricsOf(httpPort);
    const left = { channels, bridges, callsActive: metrics['calls_active'] ?? 0, mediaLegs: metrics['media_legs'] ?? 0 };
    if (channels + bridges + left.callsActive + left.mediaLegs === 0 || performance.now() > end) return left;
    await passed(SAMPLE_MS);
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
