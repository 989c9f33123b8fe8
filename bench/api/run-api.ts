import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { developmentToken } from '../../src/composition/development-token.js';
import { describeFaults } from '../../src/config/config-fault.js';
import { loadConfig } from '../../src/config/load-config.js';
import { warningsIn } from '../../test/support/load/gateway-traces.js';
import { canPin } from '../../test/support/load/load-process.js';
import { machine } from '../../test/support/load/machine-load.js';
import { callFigures, onStage, passed, type Stage, untilIdle } from '../calls/stage.js';
import { ApiClients } from './api-clients.js';
import { type ApiReport, faultsOf, ratiosOf, type Stretch } from './api-report.js';
import type { ApiOptions } from './options.js';

const RAMP_PER_S = 20;
const SETTLE_MS = 3000;
const TENANT = 'load';
const LIMIT = '1000000';
const TOKEN_MS = 900_000;

/** Runs once and returns what was found; whatever was started is ended. */
export async function runApi(options: ApiOptions, progress: (line: string) => void): Promise<ApiReport> {
  const { calls, state, profileDirectory } = options;
  const pinned = options.pin && canPin();
  const directory = await mkdtemp(path.join(tmpdir(), 'vg-bench-api-'));
  const api = { VG_API_DEVELOPMENT: 'true', VG_API_PORT: '0', VG_API_DEVELOPMENT_DIRECTORY: path.join(directory, 'development') };
  try {
    const token = await tokenFor(api);
    return await onStage({
      callers: { callers: calls, ariPort: 0, exchanges: null, redialMs: null }, callsMax: calls * 2, state, pinned,
      gatewayNodeArgs: profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`],
      gatewayEnv: { ...api, VG_API_LIMITS_TENANT_REQUESTS_PER_MINUTE: LIMIT, VG_API_LIMITS_ADDRESS_REQUESTS_PER_MINUTE: LIMIT, VG_LIMITS_LOOP_DELAY_MS_MAX: '60000' }, // what it costs is measured, not how often one may, nor how busy others keep this machine
    }, (stage) => measure({ options, progress, pinned, stage, token }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Scene {
  readonly options: ApiOptions;
  readonly progress: (line: string) => void;
  readonly pinned: boolean;
  readonly stage: Stage;
  readonly token: string;
}

async function measure({ options, progress, pinned, stage, token }: Scene): Promise<ApiReport> {
  const { calls, rounds, requestsPerS, seconds, state } = options;
  const rampMs = (calls / RAMP_PER_S) * 1000;
  progress(`${calls} callers`);
  stage.callers.send({ type: 'begin', rampMs, callers: calls, calls: null });
  await passed(rampMs + SETTLE_MS);
  const stretches: Stretch[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const asks of [false, true]) {
      progress(`round ${round} of ${rounds}, ${asks ? `${requestsPerS} requests a second` : 'nothing asked'}: measuring for ${seconds} s`);
      stretches.push(await stretch(stage, options, asks ? token : null));
    }
  }
  stage.callers.send({ type: 'stop', rampMs: rampMs / 4 });
  await passed(rampMs / 4);
  const leftovers = await untilIdle(stage);
  const { callsDone, failures } = await callFigures(stage);
  const report: Omit<ApiReport, 'verdict'> = {
    bench: 'api', at: new Date().toISOString(), machine: machine(), options: { calls, requestsPerS, rounds, seconds, state, pinned },
    stretches, ratios: ratiosOf(stretches), calls: { completed: callsDone, failures }, leftovers, warnings: warningsIn(await readFile(stage.gatewayLog, 'utf8')),
  };
  const faults = faultsOf(report);
  return { ...report, verdict: { ok: faults.length === 0, faults } };
}

async function stretch({ gateway, callers, apiPort }: Stage, { requestsPerS, seconds }: ApiOptions, token: string | null): Promise<Stretch> {
  const [warming, measured] = token === null ? [null, null] : clientsOf(apiPort, token);
  await warming?.run(requestsPerS, 1); // the code is warm
  gateway.send({ type: 'start' });
  callers.send({ type: 'measure', on: true });
  if (measured === null) await passed(seconds * 1000); else await measured.run(requestsPerS, seconds);
  callers.send({ type: 'measure', on: false });
  const { figures: { answeredNow } } = await callers.ask({ type: 'figures' }, 'figures');
  const { process: own, events } = await gateway.ask({ type: 'stop' }, 'figures');
  const { crowd: { audio } } = await callers.ask({ type: 'report' }, 'report');
  warming?.close();
  measured?.close();
  return {
    asked: measured?.figures() ?? null, frameIntervalMs: audio.intervalMs, framesLost: audio.lost, framesWithin5Ms: audio.within5Ms, turnLatencyMs: events.turnLatencyMs.totalMs ?? null,
    cpuMsPerS: own.cpuMsPerS, mainThreadBusy: own.mainThreadBusy, eventLoopDelayMs: own.eventLoopDelayMs, callsUp: answeredNow, loadAverage: loadavg()[0] ?? 0,
  };
}

function clientsOf(apiPort: number | null, token: string): readonly [ApiClients, ApiClients] {
  if (apiPort === null) throw new Error('the gateway has no management API');
  const url = `http://127.0.0.1:${apiPort}`;
  return [new ApiClients(url, token), new ApiClients(url, token)];
}

async function tokenFor(api: Readonly<Record<string, string>>): Promise<string> {
  const loaded = loadConfig({ file: null, env: { ...api, VG_ASTERISK_PASSWORD: 'not used', VG_TENANTS_DIRECTORY: 'not used' }, readFile: () => '' });
  if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
  return (await developmentToken(loaded.value, { subject: 'bench', role: 'viewer', tenantId: TENANT, lifetimeMs: TOKEN_MS })).token;
}
