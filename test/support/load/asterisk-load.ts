/**
 * Many calls at once through a real Asterisk: simulated callers place them as `voice-gateway simulate` does for everybody, and a
 * gateway with deterministic speech and agent answers. Tells what became of the calls and what was left after them.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AsteriskInstance, type Leftovers } from '../servers/asterisk-instance.js';
import { ChildProgram } from '../servers/child-program.js';
import type { GatewayCommand, GatewayFigures, GatewayMessage } from './gateway-protocol.js';
import { metricsOf, warningsIn } from './gateway-traces.js';
import { LoadProcess } from './load-process.js';
import { tenantFile } from './load-tenant.js';
import { machineSample, processCpuMs } from './machine-load.js';
import { RtpTap } from './rtp-tap.js';
import type { StreamQualityReport } from './stream-quality.js';

export interface AsteriskLoadOptions {
  readonly calls: number;
  /** Of these at one time; the next begins when one is over. Default: all. */
  readonly atOnce?: number;
  /** Further settings of the gateway, by environment name. */
  readonly env?: Readonly<Record<string, string>>;
  /** Between the first rings of two calls. */
  readonly staggerMs: number;
}

export interface SimulatedLoadCall {
  readonly name: string;
  readonly ok: boolean;
  readonly failures: readonly string[];
  readonly greeting_ms: number | null;
  readonly response_ms: readonly number[];
  readonly stop_ms: readonly number[];
  readonly max_gap_ms: number | null;
}

export interface AsteriskLoadReport {
  readonly calls: readonly SimulatedLoadCall[];
  /** Of the simulator; 0 when every call went as its script tells. */
  readonly exitCode: number | null;
  readonly output: string;
  /** Most calls the gateway had at one time. */
  readonly callsAtOnceMax: number;
  /** What the others used meanwhile, start of the simulator included. */
  readonly cpuMsPerS: { readonly asterisk: number; readonly simulator: number };
  /** CPU used by programs that have nothing to do with it: above a few hundred, the run was disturbed. */
  readonly othersCpuMsPerS: number;
  readonly gateway: GatewayFigures & { readonly warnings: Readonly<Record<string, number>>; readonly metrics: Readonly<Record<string, number>> };
  /** What the gateway sent to Asterisk, timed by the kernel; or why it could not be measured. */
  readonly sent: StreamQualityReport | { readonly notMeasured: string };
  readonly leftovers: Leftovers & { readonly callsActive: number; readonly mediaLegs: number; readonly gatewaySockets: number };
}

type Gateway = LoadProcess<GatewayCommand, GatewayMessage>;

const APP = 'voice-gateway';
const DID = '5551000';
/** Four legs of two ports. */
const PORTS_PER_CALL = 8;
/** Where calls follow calls, those of the last ones may still be held. */
const PORTS_PER_FOLLOWING_CALL = 16;
const START_LIMIT_MS = 30_000;
/** One call, start of the simulator included, or one after the other. */
const CALLS_LIMIT_MS = 120_000;
const FOLLOWING_CALL_LIMIT_MS = 60_000;
const IDLE_LIMIT_MS = 15_000;
const POLL_MS = 200;
const MAIN = 'dist/src/main.js';
const SCRIPT = fileURLToPath(new URL('load-call.yaml', sourceDirectory()));

/** Everything that was started is ended, whatever happens. */
export async function runAsteriskLoad(options: AsteriskLoadOptions): Promise<AsteriskLoadReport> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run \`npm run build\` first (make test does)`);
  const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-asterisk-load-'));
  const asterisk = await AsteriskInstance.start({ app: APP, rtpPorts: atOnceOf(options) * (atOnceOf(options) < options.calls ? PORTS_PER_FOLLOWING_CALL : PORTS_PER_CALL) });
  let gateway: Gateway | undefined;
  try {
    await writeFile(path.join(directory, 'load.yaml'), tenantFile(DID, options.calls));
    gateway = await startGateway(asterisk, directory, options);
    const ready = await gateway.next('ready', START_LIMIT_MS);
    await until(async () => (await fetch(`http://127.0.0.1:${ready.httpPort}/readyz`, { headers: { connection: 'close' } })).status === 200, 'the gateway to find Asterisk');
    return await callAll({ options, directory, asterisk, gateway, ...ready });
  } finally {
    await gateway?.end({ type: 'end' });
    await asterisk.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function atOnceOf({ atOnce, calls }: AsteriskLoadOptions): number {
  return Math.min(atOnce ?? calls, calls);
}

function startGateway(asterisk: AsteriskInstance, directory: string, options: AsteriskLoadOptions): Promise<Gateway> {
  const calls = atOnceOf(options);
  return LoadProcess.start({
    name: 'gateway', program: new URL('./gateway-program.js', import.meta.url), cpu: null, logFile: path.join(directory, 'gateway.log'),
    env: {
      VG_NODE_NAME: 'load', VG_HTTP_PORT: '0', VG_ASTERISK_ARI_URL: asterisk.ariUrl, VG_ASTERISK_USERNAME: asterisk.username,
      VG_ASTERISK_PASSWORD: asterisk.password, VG_ASTERISK_APP: APP, VG_MEDIA_PORT: String(asterisk.firstSparePort), VG_MEDIA_LEGS_MAX: String(calls * 2),
      VG_LIMITS_CALLS_MAX: String(calls * 2), VG_TENANTS_DIRECTORY: directory, VG_EVENTS_DIRECTORY: path.join(directory, 'events'), VG_AUDIT_DIRECTORY: path.join(directory, 'audit'), VG_HISTORY_DIRECTORY: path.join(directory, 'history'), VG_LOG_LEVEL: 'info',
      ...options.env,
    },
  });
}

interface Scene {
  readonly options: AsteriskLoadOptions;
  readonly directory: string;
  readonly asterisk: AsteriskInstance;
  readonly gateway: Gateway;
  readonly httpPort: number;
}

async function callAll(scene: Scene): Promise<AsteriskLoadReport> {
  const { directory, asterisk, gateway, httpPort } = scene;
  const socketsBefore = await socketsOf(gateway.pid);
  const tap = openTap(asterisk.firstSparePort);
  try {
    const before = { busyMs: machineSample().busyMs, own: process.cpuUsage(), atMs: performance.now() };
    gateway.send({ type: 'start' });
    const simulated = await simulate(scene);
    const { process: own, events } = await gateway.ask({ type: 'stop' }, 'figures');
    const { user, system } = process.cpuUsage(before.own);
    const seconds = (performance.now() - before.atMs) / 1000;
    const oursMsPerS = own.cpuMsPerS + simulated.cpuMsPerS.asterisk + simulated.cpuMsPerS.simulator + (user + system) / 1000 / seconds;
    const othersCpuMsPerS = Math.max(0, (machineSample().busyMs - before.busyMs) / seconds - oursMsPerS);
    const sent = tap instanceof RtpTap ? tap.report() : tap;
    const idle = await asterisk.untilIdle(IDLE_LIMIT_MS);
    // What does not come down to nothing is told in the report.
    await until(async () => await socketsOf(gateway.pid) <= socketsBefore, 'idle sockets to close').catch(() => undefined);
    await until(async () => (await metricsOf(httpPort))['media_legs'] === 0, 'the gauges').catch(() => undefined);
    const metrics = await metricsOf(httpPort);
    return {
      ...simulated, sent, othersCpuMsPerS,
      gateway: { process: own, events, metrics, warnings: warningsIn(await readFile(path.join(directory, 'gateway.log'), 'utf8')) },
      leftovers: {
        ...idle, callsActive: metrics['calls_active'] ?? 0, mediaLegs: metrics['media_legs'] ?? 0,
        gatewaySockets: Math.max(0, await socketsOf(gateway.pid) - socketsBefore),
      },
    };
  } finally {
    if (tap instanceof RtpTap) tap.close();
  }
}

function openTap(mediaPort: number): RtpTap | { readonly notMeasured: string } {
  try {
    return RtpTap.open(mediaPort);
  } catch (error) {
    return { notMeasured: error instanceof Error ? error.message : String(error) };
  }
}

async function simulate({ options, directory, asterisk, httpPort }: Scene): Promise<Pick<AsteriskLoadReport, 'calls' | 'exitCode' | 'output' | 'callsAtOnceMax' | 'cpuMsPerS'>> {
  const startedAtMs = performance.now();
  const asteriskBeforeMs = processCpuMs(asterisk.pid);
  const report = path.join(directory, 'report.json');
  const program = await ChildProgram.start({
    name: 'simulate', ready: () => true, readyTimeoutMs: START_LIMIT_MS,
    args: [
      MAIN, 'simulate', SCRIPT, '--voice', 'fake', '--concurrency', String(atOnceOf(options)), '--repeat', String(options.calls), '--stagger-ms', String(options.staggerMs),
      '--events', path.join(directory, 'events'), '--json', report, '--sip', `127.0.0.1:${asterisk.sipPort}`,
      '--ari-url', asterisk.ariUrl, '--ari-user', asterisk.username,
    ],
    env: { VG_ASTERISK_PASSWORD: asterisk.password },
  });
  let callsAtOnceMax = 0;
  let simulatorMs = 0;
  try {
    const end = performance.now() + CALLS_LIMIT_MS + (Math.ceil(options.calls / atOnceOf(options)) - 1) * FOLLOWING_CALL_LIMIT_MS;
    while (program.running && performance.now() < end) {
      simulatorMs = Math.max(simulatorMs, processCpuMs(program.pid));
      callsAtOnceMax = Math.max(callsAtOnceMax, (await metricsOf(httpPort))['calls_active'] ?? 0);
      await passed(POLL_MS);
    }
  } finally {
    await program.stop(); // it has ended, unless it took too long
  }
  const calls = existsSync(report) ? (JSON.parse(await readFile(report, 'utf8')) as { readonly calls: readonly SimulatedLoadCall[] }).calls : [];
  const seconds = (performance.now() - startedAtMs) / 1000;
  return {
    calls, exitCode: await program.ended(0), output: program.output, callsAtOnceMax,
    cpuMsPerS: { asterisk: (processCpuMs(asterisk.pid) - asteriskBeforeMs) / seconds, simulator: simulatorMs / seconds },
  };
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + IDLE_LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${IDLE_LIMIT_MS} ms for ${what}`);
    await passed(POLL_MS);
  }
}

async function socketsOf(pid: number): Promise<number> {
  const directory = `/proc/${pid}/fd`;
  const links = await Promise.all((await readdir(directory)).map((fd) => readlink(path.join(directory, fd)).catch(() => '')));
  return links.filter((link) => link.startsWith('socket:')).length;
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

/** Compiled files lie in dist, their YAML does not. */
function sourceDirectory(): URL {
  return new URL(import.meta.url.replace('/dist/test/', '/test/'));
}
