import type { LineRequest, LineSource } from '../../../src/application/ports/line-source.js';
import type { CallLog, SimulationOutput, StereoRecording } from '../../../src/application/ports/simulation-output.js';
import type { SimulationPorts } from '../../../src/application/simulation/simulation-ports.js';
import { runSimulation, type SimulationPlan } from '../../../src/application/simulation/run-simulation.js';
import { tone } from '../../../src/domain/audio/tones.js';
import type { CallReport } from '../../../src/domain/simulation/call-report.js';
import type { SimulationProgress } from '../../../src/domain/simulation/simulation-progress.js';
import type { CallScript } from '../../../src/domain/simulation/script.js';
import type { FakeSpeechToText } from '../../support/fakes/fake-speech-to-text.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { FarEndNetwork, POLITE, type FarEndManners } from './scripted-far-end.js';

export const LINE_MS = 800;

/** Each line is a tone of the same length. */
export class ToneLines implements LineSource {
  readonly requests: LineRequest[] = [];
  failure: Error | null = null;

  render(request: LineRequest): Promise<Int16Array> {
    this.requests.push(request);
    if (this.failure !== null) return Promise.reject(this.failure);
    return Promise.resolve(tone([600], { sampleRateHz: request.sampleRateHz, durationMs: LINE_MS, decibels: -12 }));
  }
}

export interface KeptLine { readonly atMs: number; readonly type: string; readonly fields: Readonly<Record<string, unknown>> }

/** Keeps recordings and logs in memory. */
export class MemoryOutput implements SimulationOutput {
  readonly recordings = new Map<string, Int16Array[]>();
  readonly logs = new Map<string, KeptLine[]>();
  open = 0;

  openRecording(name: string): Promise<StereoRecording> {
    const pieces: Int16Array[] = [];
    this.recordings.set(name, pieces);
    return Promise.resolve({ location: `${name}.wav`, append: (samples) => { pieces.push(samples); }, close: this.counted() });
  }

  openLog(name: string): Promise<CallLog> {
    const lines: KeptLine[] = [];
    this.logs.set(name, lines);
    return Promise.resolve({ location: `${name}.ndjson`, write: (atMs, type, fields) => { lines.push({ atMs, type, fields }); }, close: this.counted() });
  }

  stereo(name: string): Int16Array {
    return Int16Array.from((this.recordings.get(name) ?? []).flatMap((piece) => [...piece]));
  }

  private counted(): () => Promise<void> {
    let closed = false;
    this.open += 1;
    return () => {
      if (!closed) this.open -= 1;
      closed = true;
      return Promise.resolve();
    };
  }
}

/** A simulation on virtual time against a far end of given manners. */
export class SimulationFixture {
  readonly clock = new VirtualClock({ startMs: 10_000 });
  readonly lines = new ToneLines();
  readonly output = new MemoryOutput();
  readonly progress: SimulationProgress[] = [];
  readonly network: FarEndNetwork;
  recogniser: FakeSpeechToText | null = null;
  withEvents = true;
  readonly stop = new AbortController();

  constructor(manners: Partial<FarEndManners> = {}) {
    this.network = new FarEndNetwork(this.clock, { ...POLITE, ...manners });
  }

  async call(script: CallScript): Promise<CallReport> {
    const report = (await this.run({ scripts: [script], repeat: 1, concurrency: 1, staggerMs: 0 }))[0];
    if (report === undefined) throw new Error('no report');
    return report;
  }

  async run(plan: SimulationPlan, limitMs = 300_000): Promise<readonly CallReport[]> {
    const running = { done: false };
    const reports = runSimulation(this.ports(), plan, this.stop.signal).finally(() => { running.done = true; });
    for (let ms = 0; !running.done; ms += 100) {
      if (ms >= limitMs) throw new Error(`the simulation did not end within ${limitMs} ms`);
      await this.clock.run(100);
    }
    return reports;
  }

  private ports(): SimulationPorts {
    const { clock, lines, output, network } = this;
    return {
      clock, lines, output, telephony: network, recogniser: this.recogniser, ids: new SequentialIds(), events: this.withEvents ? network.events : null,
      destinationOf: (did) => `PJSIP/caller/sip:${did}@127.0.0.1:5060`, watcher: { watch: (progress) => { this.progress.push(progress); } },
    };
  }
}
