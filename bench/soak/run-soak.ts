import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { GatewayCommand, GatewayMessage } from '../../test/support/load/gateway-protocol.js';
import { metricsOf, warningsIn } from '../../test/support/load/gateway-traces.js';
import { LoadProcess } from '../../test/support/load/load-process.js';
import { tenantFile } from '../../test/support/load/load-tenant.js';
import { machine } from '../../test/support/load/machine-load.js';
import type { ProcessFootprint } from '../../test/support/load/process-footprint.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER } from '../../test/support/servers/fake-ari.js';
import { RedisServer } from '../../test/support/servers/redis-server.js';
import { APP, DID, type CallersCommand, type CallersInput, type CallersMessage, type CallFigures } from '../calls/callers-protocol.js';
import type { SoakOptions } from './options.js';
import { type RedisLeftovers, redisLeftovers } from './redis-leftovers.js';
import { slopeOf } from './slope.js';
import { faultsOf, type SoakReport, type SoakSample } from './soak-report.js';

type Gateway = LoadProcess<GatewayCommand, GatewayMessage>;
type Callers = LoadProcess<CallersCommand, CallersMessage>;

const START_LIMIT_MS = 30_000;
const SAMPLE_MS = 2000;
const POLL_MS = 250;
/** Answers of the gateway may wait for a collection of its garbage, or a snapshot of its heap. */
const ANSWER_LIMIT_MS = 60_000;
const SETTLE_LIMIT_MS = 20_000;
/** Idle connections of the gateway close by themselves. */
const QUIET_MS = 6000;
const RAMP_PER_S = 20;
/** Nobody is in one call for longer. */
const CALL_MS_MAX = 60_000;
/** Short calls: soaking is about many of them. */
const EXCHANGES = { min: 1, max: 2 };
const REPLY = ['Your card is on its way. ', 'Anything else?'];

interface Scene {
  readonly options: SoakOptions;
  readonly progress: (line: string) => void;
  readonly directory: string;
  readonly redis: RedisServer;
  readonly callers: Callers;
  readonly gateway: Gateway;
  readonly httpPort: number;
}

/** Soaks once and returns what was found; whatever was started is ended. */
export async function runSoak(options: SoakOptions, progress: (line: string) => void): Promise<SoakReport> {
  const directory = await mkdtemp(path.join(tmpdir(), 'vg-bench-soak-'));
  const loadBefore = loadavg()[0] ?? 0;
  const redis = await RedisServer.start();
  const input: CallersInput = { callers: options.atOnce, ariPort: 0, exchanges: EXCHANGES };
  const callers: Callers = await LoadProcess.start({
    name: 'callers', program: new URL('../calls/callers-program.js', import.meta.url), cpu: null, logFile: path.join(directory, 'callers.log'), args: [JSON.stringify(input)],
  });
  let gateway: Gateway | undefined;
  const endGateway = async (): Promise<void> => { await gateway?.end({ type: 'end' }); gateway = undefined; };
  try {
    const { ariUrl } = await callers.next('ready', START_LIMIT_MS);
    gateway = await startGateway({ options, directory, ariUrl, redisUrl: redis.url });
    // Either may come first, and what nobody waits for is gone.
    const [{ httpPort }] = await Promise.all([gateway.next('ready', START_LIMIT_MS), callers.next('gateway-came', START_LIMIT_MS)]);
    const soaked = await soak({ options, progress, directory, redis, callers, gateway, httpPort });
    await endGateway();
    const gatewayGone = await keysIn(redis, false);
    const report: Omit<SoakReport, 'verdict'> = {
      bench: 'soak', at: new Date().toISOString(), machine: machine(), loadAverage: { before: loadBefore, after: loadavg()[0] ?? 0 },
      options: { calls: options.calls, atOnce: options.atOnce, warmUp: options.warmUp }, ...soaked, redis: { gatewayThere: soaked.redis, gatewayGone },
    };
    const faults = faultsOf(report);
    return { ...report, verdict: { ok: faults.length === 0, faults } };
  } finally {
    await Promise.all([endGateway(), callers.end({ type: 'end' })]);
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

interface GatewayPlace {
  readonly options: SoakOptions;
  readonly directory: string;
  readonly ariUrl: string;
  readonly redisUrl: string;
}

async function startGateway({ options: { atOnce, snapshots }, directory, ariUrl, redisUrl }: GatewayPlace): Promise<Gateway> {
  const tenants = path.join(directory, 'load.yaml');
  await writeFile(tenants, tenantFile(DID, atOnce * 2));
  return LoadProcess.start({
    name: 'gateway', program: new URL('../../test/support/load/gateway-program.js', import.meta.url), cpu: null, args: REPLY,
    logFile: path.join(directory, 'gateway.log'), nodeArgs: ['--expose-gc', ...(snapshots === undefined ? [] : ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${snapshots}`])],
    env: {
      VG_NODE_NAME: 'soak', VG_HTTP_PORT: '0', VG_ASTERISK_ARI_URL: ariUrl, VG_ASTERISK_USERNAME: FAKE_ARI_USER, VG_ASTERISK_PASSWORD: FAKE_ARI_PASSWORD,
      VG_ASTERISK_APP: APP, VG_MEDIA_PORT: '0', VG_MEDIA_LEGS_MAX: String(atOnce * 2), VG_LIMITS_CALLS_MAX: String(atOnce * 2),
      VG_LIMITS_LOOP_DELAY_MS_MAX: '60000', // collecting garbage every two seconds is the bench's doing, and no reason to refuse calls
      VG_TENANTS_DIRECTORY: directory, VG_EVENTS_DIRECTORY: path.join(directory, 'events'), VG_LOG_LEVEL: 'info',
      VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: redisUrl, VG_STATE_REFUGE_DIRECTORY: path.join(directory, 'refuge'),
    },
  });
}

type Soaked = Pick<SoakReport, 'seconds' | 'calls' | 'growth' | 'samples' | 'idle' | 'grown' | 'leftovers' | 'gateway'> & { readonly redis: RedisLeftovers };

async function soak(scene: Scene): Promise<Soaked> {
  const { options, progress, gateway, httpPort, directory } = scene;
  const startedAtMs = performance.now();
  gateway.send({ type: 'start' });
  progress(`warming up with ${options.warmUp} calls`);
  await callAll(scene, options.warmUp, () => Promise.resolve());
  await untilIdle(scene);
  const afterWarmUp = await quietFootprint(scene);
  await snapshot(scene);

  progress(`${options.calls} calls, ${options.atOnce} at once`);
  const samples: SoakSample[] = [];
  await callAll(scene, options.calls, async ({ callsDone, answeredNow }) => {
    const { heapUsedBytes, rssBytes } = await footprint(gateway);
    samples.push({ callsEnded: callsDone - options.warmUp, callsUp: answeredNow, heapUsedBytes, rssBytes });
  });
  const seconds = (performance.now() - startedAtMs) / 1000;
  const leftovers = await untilIdle(scene);
  const atTheEnd = await quietFootprint(scene, afterWarmUp);
  await snapshot(scene);
  const figures = await gateway.ask({ type: 'stop' }, 'figures', ANSWER_LIMIT_MS);
  const { callsPlaced, callsDone, failures } = await callFigures(scene.callers);
  const perCall = (before: number, after: number): number => (after - before) / options.calls;
  return {
    seconds, samples, leftovers, idle: { afterWarmUp, atTheEnd }, grown: grownBetween(afterWarmUp, atTheEnd),
    calls: { placed: callsPlaced, completed: callsDone, failed: Object.values(failures).reduce((sum, count) => sum + count, 0), failures },
    growth: {
      heapBytesPerCall: slopeOf(samples.map(({ callsEnded, heapUsedBytes }) => [callsEnded, heapUsedBytes])),
      rssBytesPerCall: slopeOf(samples.map(({ callsEnded, rssBytes }) => [callsEnded, rssBytes])),
      idleHeapBytesPerCall: perCall(afterWarmUp.heapUsedBytes, atTheEnd.heapUsedBytes), idleRssBytesPerCall: perCall(afterWarmUp.rssBytes, atTheEnd.rssBytes),
    },
    redis: await keysIn(scene.redis, true),
    gateway: { process: figures.process, events: figures.events, metrics: await metricsOf(httpPort), warnings: warningsIn(await readFile(path.join(directory, 'gateway.log'), 'utf8')) },
  };
}

/** Lets the callers make so many calls; `sample` is called every two seconds from when all callers are up until the last call has begun. */
async function callAll({ callers, options: { atOnce } }: Scene, calls: number, sample: (figures: CallFigures) => Promise<void>): Promise<void> {
  const first = (await callFigures(callers)).callsPlaced;
  const rampMs = (Math.min(atOnce, calls) / RAMP_PER_S) * 1000;
  callers.send({ type: 'begin', rampMs, calls });
  await passed(rampMs);
  const end = performance.now() + Math.ceil(calls / atOnce + 1) * CALL_MS_MAX;
  for (let nextMs = performance.now(); performance.now() < end; nextMs += SAMPLE_MS) {
    const figures = await callFigures(callers);
    if (figures.callsPlaced >= first + calls) {
      if (figures.answeredNow === 0 && figures.channels === 0) return;
    } else await sample(figures);
    await passed(nextMs + SAMPLE_MS - performance.now());
  }
}

/** Waits until nothing is left of any call, bounded, and tells what is there then. */
async function untilIdle({ callers, httpPort, redis }: Scene): Promise<SoakReport['leftovers']> {
  const end = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const { channels, bridges } = await callFigures(callers);
    const metrics = await metricsOf(httpPort);
    const left = { channels, bridges, callsActive: metrics['calls_active'] ?? 0, mediaLegs: metrics['media_legs'] ?? 0 };
    const { outboxEvents, callsNotEnded } = await keysIn(redis, true);
    if (channels + bridges + left.callsActive + left.mediaLegs + outboxEvents + callsNotEnded === 0 || performance.now() > end) return left;
    await passed(POLL_MS);
  }
}

/** When what closes by itself has closed, or `before` is reached, if that takes longer. */
async function quietFootprint({ gateway }: Scene, before?: ProcessFootprint): Promise<ProcessFootprint> {
  await passed(QUIET_MS);
  const end = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const now = await footprint(gateway);
    if (before === undefined || Object.keys(grownBetween(before, now)).length === 0 || performance.now() > end) return now;
    await passed(POLL_MS);
  }
}

async function footprint(gateway: Gateway): Promise<ProcessFootprint> {
  return (await gateway.ask({ type: 'memory' }, 'memory', ANSWER_LIMIT_MS)).footprint;
}

/** Node writes one when it gets the signal that it was started with; the next answer comes after it. */
async function snapshot({ options, gateway }: Scene): Promise<void> {
  if (options.snapshots === undefined) return;
  process.kill(gateway.pid, 'SIGUSR2');
  await passed(POLL_MS);
  await footprint(gateway);
}

function grownBetween(before: ProcessFootprint, after: ProcessFootprint): Readonly<Record<string, number>> {
  const counts = ({ threads, sockets, files, resources }: ProcessFootprint): Record<string, number> => ({ ...resources, threads, sockets, files });
  const earlier = counts(before);
  return Object.fromEntries(Object.entries(counts(after)).map(([name, count]) => [name, count - (earlier[name] ?? 0)] as const).filter(([, by]) => by > 0));
}

async function callFigures(callers: Callers): Promise<CallFigures> {
  return (await callers.ask({ type: 'figures' }, 'figures')).figures;
}

async function keysIn(server: RedisServer, gatewayThere: boolean): Promise<RedisLeftovers> {
  const redis = server.connect();
  try {
    return await redisLeftovers(redis, { gatewayThere });
  } finally {
    redis.disconnect();
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, Math.max(0, ms)); });
}
