/** The media plane with `legs` legs as the gateway uses it: caller audio is taken, agent audio kept 240 ms ahead, and the main thread stalls when told to. */
import { readdirSync, readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import type { MediaLeg } from '../../src/application/ports/media-leg.js';
import { RtpMediaPlane } from '../../src/adapters/media/rtp-media-plane.js';
import { monotonicNowMs } from '../../src/adapters/native/monotonic-clock.js';
import { rms } from '../../src/domain/audio/level.js';
import { syntheticVoice } from '../../test/support/synthetic-voice.js';
import { ManyPeerSocket } from './many-peer-socket.js';
import type { BenchCommand, GatewayInput, GatewayMessage, GatewaySample } from './messages.js';

/** Agent audio kept ahead: 12 frames bridge a stall of 150 ms. */
const AHEAD_SAMPLES = 12 * 160;
const FEED_INTERVAL_MS = 40;
const STALL_INTERVAL_MS = 1000;
const CLOCK_TICKS_PER_S = 100; // USER_HZ, fixed by Linux's ABI
const MS_PER_S = 1000;

class Gateway {
  private readonly voice = syntheticVoice(8000, 4000);
  private readonly spoken: Int32Array;
  private gcMs = 0;
  private energy = 0;

  private constructor(private readonly plane: RtpMediaPlane, private readonly legs: readonly MediaLeg[]) {
    this.spoken = new Int32Array(legs.length);
    for (const leg of legs) leg.onAudio((samples) => { this.energy += rms(samples); });
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) this.gcMs += entry.duration; }).observe({ entryTypes: ['gc'] });
  }

  static async open(input: GatewayInput): Promise<Gateway> {
    const workerModule = new URL('../../src/composition/media-worker.js', import.meta.url);
    const plane = await RtpMediaPlane.open({ bindHost: '127.0.0.1', port: 0, io: input.io, maxLegs: input.legs, workerModule }, AbortSignal.timeout(30_000));
    const legs = Array.from({ length: input.legs }, (_, peer) => {
      const leg = plane.openLeg({ codec: 'ulaw', voiceDetection: { onsetMs: 60, offsetMs: 300, sustainedMs: 200 }, mediaTimeoutMs: 10_000, label: `bench ${peer}` });
      leg.pinPeer(ManyPeerSocket.hostOf(peer), input.generatorPort);
      return leg;
    });
    return new Gateway(plane, legs);
  }

  run(stallMs: number): void {
    tell({ type: 'ready', port: this.plane.localPort });
    this.feed();
    setInterval(() => { this.feed(); }, FEED_INTERVAL_MS);
    if (stallMs > 0) setInterval(() => { stall(stallMs); }, STALL_INTERVAL_MS);
  }

  sample(): GatewaySample {
    const { user, system } = process.cpuUsage();
    const threads = threadCpuMs();
    return {
      atMs: monotonicNowMs(),
      cpuMs: (user + system) / MS_PER_S,
      mainThreadCpuMs: threads.get(process.pid) ?? 0,
      mediaThreadCpuMs: Math.max(0, ...[...threads].filter(([thread]) => thread !== process.pid).map(([, ms]) => ms)),
      gcMs: this.gcMs,
      rssBytes: process.memoryUsage.rss(),
      underruns: this.plane.statistics().underruns,
      callerSamplesDropped: this.legs.reduce((sum, leg) => sum + leg.statistics.callerSamplesDropped, 0),
      statistics: this.plane.statistics(),
    };
  }

  close(): Promise<void> {
    return this.plane.close();
  }

  private feed(): void {
    for (const [index, leg] of this.legs.entries()) {
      const wanted = AHEAD_SAMPLES - leg.playoutPending;
      if (wanted <= 0) continue;
      const from = (this.spoken[index] ?? 0) % (this.voice.length - AHEAD_SAMPLES);
      this.spoken[index] = from + leg.play(this.voice.subarray(from, from + wanted));
    }
  }
}

function stall(ms: number): void {
  const untilMs = monotonicNowMs() + ms;
  while (monotonicNowMs() < untilMs) JSON.parse('{"busy":[1,2,3]}');
}

/** CPU of every thread, proc(5): utime and stime are fields 14 and 15. Empty where there is no /proc. */
function threadCpuMs(): Map<number, number> {
  const threads = new Map<number, number>();
  for (const thread of readdirSync('/proc/self/task')) {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    threads.set(Number(thread), ((Number(fields[11]) + Number(fields[12])) * MS_PER_S) / CLOCK_TICKS_PER_S);
  }
  return threads;
}

function tell(message: GatewayMessage): void {
  process.send?.(message);
}

const input = JSON.parse(process.argv[2] ?? '{}') as GatewayInput;
const gateway = await Gateway.open(input);
process.on('message', (command: BenchCommand) => {
  if (command.type === 'sample') tell({ type: 'sample', sample: gateway.sample() });
  if (command.type === 'stop') void gateway.close().then(() => { process.exit(0); }); // the timers of the bench hold the loop
});
gateway.run(input.stallMs);
