import type { MediaIo } from '../../src/adapters/media/media-protocol.js';
import type { RtpMediaPlaneStatistics } from '../../src/adapters/media/rtp-media-plane.js';

/** What the two processes of a run tell the bench, over Node's IPC. */

export interface GatewayInput {
  readonly legs: number;
  readonly io: MediaIo;
  readonly stallMs: number;
  readonly generatorPort: number;
}

/** Counters at one moment; the bench takes differences. */
export interface GatewaySample {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly mainThreadCpuMs: number;
  readonly mediaThreadCpuMs: number;
  readonly gcMs: number;
  readonly rssBytes: number;
  readonly underruns: number;
  readonly callerSamplesDropped: number;
  readonly statistics: RtpMediaPlaneStatistics;
}

export interface GeneratorInput {
  readonly legs: number;
}

export interface GeneratorSample {
  readonly cpuMs: number;
  readonly sent: number;
  readonly received: number;
  /** Sequence numbers from the gateway that never came. */
  readonly lost: number;
  readonly outOfOrder: number;
  /** Distance of the time between two packets of a leg from 20 ms, by kernel timestamps, in ms. */
  readonly interval: Quantiles;
  /** Distance of a packet from its leg's 20 ms grid, which is laid through the earliest one, in ms. */
  readonly lateness: Quantiles;
  readonly kernelDrops: number;
  readonly tickLatenessMaxMs: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export type GatewayMessage = { readonly type: 'ready'; readonly port: number } | { readonly type: 'sample'; readonly sample: GatewaySample };
export type GeneratorMessage = { readonly type: 'ready'; readonly port: number } | { readonly type: 'sample'; readonly sample: GeneratorSample };
/** `begin` starts the counting anew after warming up, `sample` asks for the figures, `stop` ends the process. */
export type BenchCommand = { readonly type: 'start'; readonly port: number } | { readonly type: 'begin' } | { readonly type: 'sample' } | { readonly type: 'stop' };
