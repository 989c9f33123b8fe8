import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FileCallHistory } from '../../src/adapters/history/file-call-history.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { UlidSource } from '../../src/adapters/runtime/ulid-source.js';
import { MemoryCallRepository } from '../../src/adapters/state/memory/memory-call-repository.js';
import { MemoryLiveFeed } from '../../src/adapters/state/memory/memory-live-feed.js';
import { HistoryWriter } from '../../src/application/events/history-writer.js';
import { ObservedCallRepository } from '../../src/application/events/observed-call-repository.js';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import type { CallRecord } from '../../src/domain/call/call.js';
import { callId } from '../../src/domain/shared/ids.js';
import { aCallRecord } from '../../test/support/builders/a-call.js';
import { aDomainEvent } from '../../test/support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../test/support/builders/every-event.js';
import { RecordingMetrics } from '../../test/support/fakes/recording-metrics.js';
import { silentLogger } from '../../test/support/fakes/silent-logger.js';

const TICK_MS = 20;
const BODIES = [EVERY_EVENT['stt.transcribed'], EVERY_EVENT['llm.responded'], EVERY_EVENT['tts.generated'], EVERY_EVENT['turn.completed']];

/** Calls, each with the version of its stored record. */
class Steps {
  private readonly calls: { record: CallRecord; version: number }[];
  private next = 0;

  constructor(count: number) {
    const ids = new UlidSource();
    this.calls = Array.from({ length: count }, () => ({ record: aCallRecord({ callId: callId(ids.next()), startedAt: new Date().toISOString(), lastSequence: 0 }), version: 0 }));
  }

  /** The next event of the next call. */
  async step(repository: CallRepository, signal: AbortSignal): Promise<void> {
    const call = this.calls[this.next % this.calls.length];
    const body = BODIES[this.next % BODIES.length];
    this.next += 1;
    if (call === undefined || body === undefined) return;
    const sequence = call.record.lastSequence + 1;
    call.record = { ...call.record, lastSequence: sequence };
    call.version = await repository.save({ record: call.record, events: [aDomainEvent(body, { callId: call.record.callId, sequence })] }, call.version, signal);
  }
}

/** What the history of calls costs, and whether the disk keeps up: `npm run bench -- history [--calls 1000] [--seconds 20]`. Exit code 1 when anything was lost. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { calls: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '20' }, json: { type: 'string' } } });
  const [calls, seconds] = [Number(values.calls), Number(values.seconds)];
  const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-history-'));
  const clock = new SystemClock({ onFault: (error) => { throw error; } });
  const metrics = new RecordingMetrics();
  const history = await FileCallHistory.open({ directory, retentionDays: 30, transcriptDays: 30, clock, logger: silentLogger });
  const writer = new HistoryWriter({ history, clock, metrics, logger: silentLogger });
  const feed = new MemoryLiveFeed({ clock, ids: new UlidSource(), logger: silentLogger, metrics });
  const bare = (): CallRepository => new MemoryCallRepository({ clock, publisher: null });
  try {
    const bareUs = await costUs(bare(), 20_000);
    const observedUs = await costUs(new ObservedCallRepository(bare(), { history: { tell: () => undefined }, feed }), 20_000);
    const paced = await pace(new ObservedCallRepository(bare(), { history: writer, feed }), { calls, seconds, metrics });
    const closedAt = performance.now();
    await writer.close();
    const figures = {
      calls, seconds, bareStepUs: bareUs, observedStepUs: observedUs, decoratorUs: round(observedUs - bareUs), ...paced,
      flushMs: round(performance.now() - closedAt), lost: metrics.value('history_lost_total'), files: await filesIn(directory),
    };
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
    if (values.json !== undefined) await writeFile(values.json, JSON.stringify(figures));
    return figures.lost === 0 && figures.files.count === calls ? 0 : 1;
  } finally {
    await feed.close();
    await history.close();
    await rm(directory, { recursive: true });
  }
}

/** Microseconds per step, best of five rounds. */
async function costUs(repository: CallRepository, count: number): Promise<number> {
  const { signal } = new AbortController();
  const rounds: number[] = [];
  const steps = new Steps(100);
  for (let round = 0; round < 5; round += 1) {
    const begunAt = performance.now();
    for (let step = 0; step < count; step += 1) await steps.step(repository, signal);
    rounds.push((performance.now() - begunAt) * 1000 / count);
  }
  return round(Math.min(...rounds));
}

async function pace(repository: CallRepository, { calls, seconds, metrics }: { readonly calls: number; readonly seconds: number; readonly metrics: RecordingMetrics }): Promise<Readonly<Record<string, number>>> {
  const { signal } = new AbortController();
  const steps = new Steps(calls);
  const before = process.cpuUsage();
  const begunAt = performance.now();
  let [done, pendingMax, lagMaxSeconds] = [0, 0, 0];
  while (done < calls * seconds) {
    const due = Math.min(calls * seconds, Math.floor((performance.now() - begunAt) * calls / 1000));
    for (; done < due; done += 1) await steps.step(repository, signal);
    pendingMax = Math.max(pendingMax, metrics.value('history_pending'));
    lagMaxSeconds = Math.max(lagMaxSeconds, metrics.value('history_lag_seconds'));
    await new Promise((resolve) => { setTimeout(resolve, TICK_MS); });
  }
  const { user, system } = process.cpuUsage(before);
  const wallMs = performance.now() - begunAt;
  return { events: done, pendingMax, lagMaxSeconds: round(lagMaxSeconds), cpuPercentOfOneCore: round((user + system) / 10 / wallMs) };
}

async function filesIn(directory: string): Promise<{ readonly count: number; readonly bytesPerCall: number }> {
  const entries = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  let bytes = 0;
  for (const entry of entries) bytes += (await stat(path.join(entry.parentPath, entry.name))).size;
  return { count: entries.length, bytesPerCall: Math.round(bytes / Math.max(1, entries.length)) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
