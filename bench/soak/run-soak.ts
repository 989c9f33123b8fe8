import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { metricsOf, warningsIn } from '../../test/support/load/gateway-traces.js';
import { machine } from '../../test/support/load/machine-load.js';
import { SLOT_TTL_MS } from '../../src/application/ports/call-slots.js';
import type { ProcessFootprint } from '../../test/support/load/process-footprint.js';
import type { CallFigures } from '../calls/callers-protocol.js';
import { callFigures, type Gateway, onStage, passed, type Stage, untilIdle } from '../calls/stage.js';
import type { SoakOptions } from './options.js';
import { type RedisLeftovers, redisLeftovers } from './redis-leftovers.js';
import { slopeOf } from './slope.js';
import { faultsOf, type SoakReport, type SoakSample } from './soak-report.js';

const SAMPLE_MS = 2000;
const POLL_MS = 250;
/** Answers of the gateway may wait for a collection of its garbage, or a snapshot of its heap. */
const ANSWER_LIMIT_MS = 60_000;
const SETTLE_LIMIT_MS = 20_000;
/** What was not given back because Redis did not answer in time ends by itself. */
const LEASES_LIMIT_MS = SLOT_TTL_MS + 5000;
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
  readonly stage: Stage;
}

/** Soaks once and returns what was found; whatever was started is ended. */
export async function runSoak(options: SoakOptions, progress: (line: string) => void): Promise<SoakReport> {
  const { calls, atOnce, warmUp, snapshots } = options;
  const loadBefore = loadavg()[0] ?? 0;
  return onStage({
    callers: { callers: atOnce, ariPort: 0, exchanges: EXCHANGES, redialMs: null }, callsMax: atOnce * 2, state: 'redis', pinned: false, reply: REPLY,
    gatewayNodeArgs: snapshots === undefined ? [] : ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${snapshots}`],
    gatewayEnv: { VG_LIMITS_LOOP_DELAY_MS_MAX: '60000' }, // collecting garbage every two seconds is the bench's doing, and no reason to refuse calls
  }, async (stage) => {
    const soaked = await soak({ options, progress, stage });
    await stage.endGateway();
    const report: Omit<SoakReport, 'verdict'> = {
      bench: 'soak', at: new Date().toISOString(), machine: machine(), loadAverage: { before: loadBefore, after: loadavg()[0] ?? 0 },
      options: { calls, atOnce, warmUp }, ...soaked, redis: { gatewayThere: soaked.redis, gatewayGone: await keysIn(stage, false) },
    };
    const faults = faultsOf(report);
    return { ...report, verdict: { ok: faults.length === 0, faults } };
  });
}

type Soaked = Pick<SoakReport, 'seconds' | 'calls' | 'growth' | 'samples' | 'idle' | 'grown' | 'leftovers' | 'gateway'> & { readonly redis: RedisLeftovers };

async function soak(scene: Scene): Promise<Soaked> {
  const { options, progress, stage } = scene;
  const { gateway } = stage;
  const startedAtMs = performance.now();
  gateway.send({ type: 'start' });
  progress(`warming up with ${options.warmUp} calls`);
  await callAll(scene, options.warmUp, () => Promise.resolve());
  await untilSettled(stage);
  const afterWarmUp = await quietFootprint(scene);
  await snapshot(scene);

  progress(`${options.calls} calls, ${options.atOnce} at once`);
  const samples: SoakSample[] = [];
  await callAll(scene, options.calls, async ({ callsDone, answeredNow }) => {
    const { heapUsedBytes, rssBytes } = await footprint(gateway);
    samples.push({ callsEnded: callsDone - options.warmUp, callsUp: answeredNow, heapUsedBytes, rssBytes });
  });
  const seconds = (performance.now() - startedAtMs) / 1000;
  const leftovers = await untilSettled(stage);
  const atTheEnd = await quietFootprint(scene, afterWarmUp);
  await snapshot(scene);
  const figures = await gateway.ask({ type: 'stop' }, 'figures', ANSWER_LIMIT_MS);
  const { callsPlaced, callsDone, failures } = await callFigures(stage);
  const perCall = (before: number, after: number): number => (after - before) / options.calls;
  return {
    seconds, samples, leftovers, idle: { afterWarmUp, atTheEnd }, grown: grownBetween(afterWarmUp, atTheEnd),
    calls: { placed: callsPlaced, completed: callsDone, failed: Object.values(failures).reduce((sum, count) => sum + count, 0), failures },
    growth: {
      ...slopesOf(samples), secondHalf: slopesOf(samples.filter(({ callsEnded }) => callsEnded >= options.calls / 2)),
      idleCodeBytesPerCall: perCall(afterWarmUp.codeBytes, atTheEnd.codeBytes),
      idleHeapBytesPerCall: perCall(afterWarmUp.heapUsedBytes, atTheEnd.heapUsedBytes), idleRssBytesPerCall: perCall(afterWarmUp.rssBytes, atTheEnd.rssBytes),
    },
    redis: await keysIn(stage, true),
    gateway: { process: figures.process, events: figures.events, metrics: await metricsOf(stage.httpPort), warnings: warningsIn(await readFile(stage.gatewayLog, 'utf8')) },
  };
}

function slopesOf(samples: readonly SoakSample[]): SoakReport['growth']['secondHalf'] {
  return {
    heapBytesPerCall: slopeOf(samples.map(({ callsEnded, heapUsedBytes }) => [callsEnded, heapUsedBytes])),
    rssBytesPerCall: slopeOf(samples.map(({ callsEnded, rssBytes }) => [callsEnded, rssBytes])),
  };
}

/** Lets the callers make so many calls; `sample` is called every two seconds from when all callers are up until the last call has begun. */
async function callAll({ stage, options: { atOnce } }: Scene, calls: number, sample: (figures: CallFigures) => Promise<void>): Promise<void> {
  const first = (await callFigures(stage)).callsPlaced;
  const rampMs = (Math.min(atOnce, calls) / RAMP_PER_S) * 1000;
  stage.callers.send({ type: 'begin', rampMs, callers: atOnce, calls });
  await passed(rampMs);
  const end = performance.now() + Math.ceil(calls / atOnce + 1) * CALL_MS_MAX;
  for (let nextMs = performance.now(); performance.now() < end; nextMs += SAMPLE_MS) {
    const figures = await callFigures(stage);
    if (figures.callsPlaced >= first + calls) {
      if (figures.answeredNow === 0 && figures.channels === 0) return;
    } else await sample(figures);
    await passed(nextMs + SAMPLE_MS - performance.now());
  }
}

/** Waits for the calls, and for what is told of them: records and outbox. */
async function untilSettled(stage: Stage): Promise<SoakReport['leftovers']> {
  const end = performance.now() + LEASES_LIMIT_MS;
  for (;;) {
    const left = await untilIdle(stage);
    const { outboxEvents, callsNotEnded, leaked } = await keysIn(stage, true);
    if (outboxEvents + callsNotEnded + leaked.length === 0 || performance.now() > end) return left;
    await passed(POLL_MS);
  }
}

/** When what closes by itself has closed, or `before` is reached, if that takes longer. */
async function quietFootprint({ stage: { gateway } }: Scene, before?: ProcessFootprint): Promise<ProcessFootprint> {
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
async function snapshot({ options, stage: { gateway } }: Scene): Promise<void> {
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

async function keysIn({ redis: server }: Stage, gatewayThere: boolean): Promise<RedisLeftovers> {
  if (server === null) throw new Error('the soak keeps its state in Redis');
  const redis = server.connect();
  try {
    return await redisLeftovers(redis, { gatewayThere });
  } finally {
    redis.disconnect();
  }
}
