import { setTimeout as sleep } from 'node:timers/promises';
import type { MediaIo } from '../../src/adapters/media/media-protocol.js';
import { BenchProcess } from './bench-process.js';
import type { GatewayMessage, GatewaySample, GeneratorMessage, GeneratorSample, Quantiles } from './messages.js';
import { machineLoad, type MachineLoad } from './machine-load.js';
import type { MediaBenchOptions } from './options.js';

const WARM_UP_MS = 2000;
const MS_PER_S = 1000;
/** The goal of the product: loss below 1 %, 99 % of intervals within 5 ms of 20. */
const LOSS_MAX = 0.01;
const P99_MAX_MS = 5;

export interface MediaBenchRun {
  readonly legs: number;
  readonly io: MediaIo;
  readonly stallMs: number;
  readonly seconds: number;
  readonly ok: boolean;
  /** Part of the packets that did not arrive, 0..1. */
  readonly lossToCaller: number;
  readonly lossToAgent: number;
  readonly intervalMs: Quantiles;
  readonly latenessMs: Quantiles;
  readonly cpuMsPerS: number;
  readonly mediaThreadCpuMsPerS: number;
  readonly mainThreadCpuMsPerS: number;
  readonly cpuUsPerCallPerS: number;
  readonly gcMsPerS: number;
  readonly rssMb: number;
  readonly rssKbPerCall: number;
  readonly underruns: number;
  readonly callerSamplesDropped: number;
  readonly lateTicks: number;
  readonly tickLatenessMaxMs: number;
  readonly raisedPriority: boolean;
  readonly receiveBufferBytes: number;
  /** CPU of others on this machine, and of other guests on its host, in ms/s. Above some 100 the run says little: repeat it. */
  readonly othersCpuMsPerS: number;
  readonly stolenCpuMsPerS: number;
  /** Above a few milliseconds the generator itself was disturbed: repeat the run. */
  readonly generatorLatenessMaxMs: number;
}

/** One run: both processes are started for it and ended after it. */
export async function measure(legs: number, stallMs: number, options: MediaBenchOptions): Promise<MediaBenchRun> {
  const generator = BenchProcess.start<GeneratorMessage>('./generator-process.js', { legs }, options.generatorCpu);
  let gateway: BenchProcess<GatewayMessage> | undefined;
  try {
    const { port: generatorPort } = await generator.answer('ready');
    gateway = BenchProcess.start<GatewayMessage>('./gateway-process.js', { legs, io: options.io, stallMs, generatorPort }, options.gatewayCpu);
    const { port } = await gateway.answer('ready');
    generator.tell({ type: 'start', port });
    await sleep(WARM_UP_MS);
    generator.tell({ type: 'begin' });
    const before = await sampleOf(gateway);
    const loadBefore = machineLoad();
    await sleep(options.seconds * MS_PER_S);
    const after = await sampleOf(gateway);
    const loadAfter = machineLoad();
    generator.tell({ type: 'sample' });
    const { sample } = await generator.answer('sample');
    return summarise({ legs, stallMs, before, after, far: sample, loadBefore, loadAfter });
  } finally {
    await gateway?.stop();
    await generator.stop();
  }
}

async function sampleOf(gateway: BenchProcess<GatewayMessage>): Promise<GatewaySample> {
  gateway.tell({ type: 'sample' });
  return (await gateway.answer('sample')).sample;
}

interface Figures {
  readonly legs: number;
  readonly stallMs: number;
  readonly before: GatewaySample;
  readonly after: GatewaySample;
  readonly far: GeneratorSample;
  readonly loadBefore: MachineLoad;
  readonly loadAfter: MachineLoad;
}

function summarise({ legs, stallMs, before, after, far, loadBefore, loadAfter }: Figures): MediaBenchRun {
  const seconds = (after.atMs - before.atMs) / MS_PER_S;
  const perS = (of: (sample: GatewaySample) => number): number => (of(after) - of(before)) / seconds;
  const arrived = after.statistics.packetsReceived - before.statistics.packetsReceived;
  const expected = legs * 50 * seconds;
  const lossToCaller = far.lost / Math.max(1, far.lost + far.received);
  const lossToAgent = Math.max(0, 1 - arrived / expected);
  const cpuMsPerS = perS((sample) => sample.cpuMs);
  return {
    legs, io: after.statistics.io, stallMs, seconds,
    ok: lossToCaller < LOSS_MAX && lossToAgent < LOSS_MAX && far.interval.p99 < P99_MAX_MS,
    lossToCaller, lossToAgent,
    intervalMs: far.interval, latenessMs: far.lateness,
    cpuMsPerS,
    mediaThreadCpuMsPerS: perS((sample) => sample.mediaThreadCpuMs),
    mainThreadCpuMsPerS: perS((sample) => sample.mainThreadCpuMs),
    cpuUsPerCallPerS: (cpuMsPerS * MS_PER_S) / legs,
    gcMsPerS: perS((sample) => sample.gcMs),
    rssMb: after.rssBytes / 2 ** 20,
    rssKbPerCall: after.rssBytes / 2 ** 10 / legs,
    underruns: after.underruns - before.underruns,
    callerSamplesDropped: after.callerSamplesDropped - before.callerSamplesDropped,
    lateTicks: after.statistics.lateTicks - before.statistics.lateTicks,
    tickLatenessMaxMs: after.statistics.tickLatenessMaxMs,
    raisedPriority: after.statistics.raisedPriority,
    receiveBufferBytes: after.statistics.receiveBufferBytes,
    othersCpuMsPerS: Math.max(0, (loadAfter.busyMs - loadBefore.busyMs - (after.cpuMs - before.cpuMs) - far.cpuMs) / seconds),
    stolenCpuMsPerS: (loadAfter.stolenMs - loadBefore.stolenMs) / seconds,
    generatorLatenessMaxMs: far.tickLatenessMaxMs,
  };
}
