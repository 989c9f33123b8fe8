import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { measure, type MediaBenchRun } from './measure.js';
import { mediaBenchOptions, USAGE } from './options.js';

/** Runs every combination asked for, prints a line each, and returns 0 when all reached the goal. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    print(USAGE);
    return 0;
  }
  const options = mediaBenchOptions(args);
  print(`node ${process.version}, ${os.type()} ${os.release()}, ${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? 'unknown CPU'}\n`);
  print(`${HEADINGS.map(([title]) => title).join('  ')}\n`);
  const runs: MediaBenchRun[] = [];
  for (const legs of options.legs) {
    for (const stallMs of options.stallsMs) {
      const result = await measure(legs, stallMs, options);
      runs.push(result);
      print(`${HEADINGS.map(([title, cell]) => cell(result).padStart(title.length)).join('  ')}\n`);
    }
  }
  const ok = runs.every((result) => result.ok);
  print(`${ok ? 'goal reached' : 'goal missed'}: loss < 1 % both ways and p99 of intervals within 5 ms of 20\n`);
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${JSON.stringify({ ok, runs }, null, 2)}\n`);
  return ok ? 0 : 1;
}

const HEADINGS: readonly (readonly [title: string, cell: (run: MediaBenchRun) => string])[] = [
  ['     io', (run) => run.io],
  ['legs', (run) => String(run.legs)],
  ['stall ms', (run) => String(run.stallMs)],
  ['loss out %', (run) => (run.lossToCaller * 100).toFixed(3)],
  ['loss in %', (run) => (run.lossToAgent * 100).toFixed(3)],
  ['p50 ms', (run) => run.intervalMs.p50.toFixed(2)],
  ['p99 ms', (run) => run.intervalMs.p99.toFixed(2)],
  ['p99.9 ms', (run) => run.intervalMs.p999.toFixed(2)],
  ['CPU ms/s', (run) => run.cpuMsPerS.toFixed(0)],
  ['media', (run) => run.mediaThreadCpuMsPerS.toFixed(0)],
  [' main', (run) => run.mainThreadCpuMsPerS.toFixed(0)],
  ['us/call/s', (run) => run.cpuUsPerCallPerS.toFixed(0)],
  ['RSS MB', (run) => run.rssMb.toFixed(0)],
  ['underruns', (run) => String(run.underruns)],
  ['late ticks', (run) => String(run.lateTicks)],
  ['others ms/s', (run) => run.othersCpuMsPerS.toFixed(0)],
  ['stolen', (run) => run.stolenCpuMsPerS.toFixed(0)],
  ['gen. max ms', (run) => run.generatorLatenessMaxMs.toFixed(1)],
];

function print(text: string): void {
  process.stdout.write(text);
}
