import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { measureOutage, type OutageReport } from './outage.js';

export const USAGE = `npm run bench -- state [options]
  --calls N         calls with one event a second each (1000)
  --away-s N        seconds without Redis (60)
  --how HOW         freeze or kill (freeze)
  --json FILE       also write the figures there
`;

const STEP_P99_MS_MAX = 5;
const UP_TO_DATE_S_MAX = 2;
const RSS_GROWTH_MB_MAX = 20;

/** One outage of a real Redis; 0 when all goals were reached. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) { process.stdout.write(USAGE); return 0; }
  const { values } = parseArgs({
    args: [...args],
    options: { calls: { type: 'string', default: '1000' }, 'away-s': { type: 'string', default: '60' }, how: { type: 'string', default: 'freeze' }, json: { type: 'string' } },
  });
  if (values.how !== 'freeze' && values.how !== 'kill') throw new Error('--how must be freeze or kill');
  process.stdout.write(`node ${process.version}, ${os.type()} ${os.release()}, ${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? 'unknown CPU'}, load ${os.loadavg()[0]?.toFixed(1) ?? '?'}\n`);
  const report = await measureOutage({ calls: number('--calls', values.calls, 5000), awayS: number('--away-s', values['away-s'], 3600), how: values.how });
  const verdicts = judge(report);
  const ok = verdicts.every(([met]) => met);
  for (const [met, line] of verdicts) process.stdout.write(`${met ? 'ok  ' : 'MISS'}  ${line}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ ok, ...report }, null, 2)}\n`);
  return ok ? 0 : 1;
}

function judge({ events, stored, outOfOrder, steps, longestCollectionMs, waited, upToDateAfterS, rssGrowthMb }: OutageReport): readonly (readonly [boolean, string])[] {
  const p99 = Math.max(steps.away.p99, steps.after.p99);
  const max = Math.max(steps.away.max, steps.after.max);
  return [
    [stored === events, `${events - stored} of ${events} events lost or doubled, ${waited} waited`],
    [outOfOrder === 0, `${outOfOrder} out of order within their call`],
    [p99 <= STEP_P99_MS_MAX, `a step held its call up ${p99.toFixed(3)} ms (p99, at most ${STEP_P99_MS_MAX}); ${max.toFixed(1)} ms once, the longest garbage collection ${longestCollectionMs.toFixed(1)} ms`],
    [upToDateAfterS <= UP_TO_DATE_S_MAX, `up to date ${upToDateAfterS.toFixed(2)} s after Redis was back (at most ${UP_TO_DATE_S_MAX})`],
    [rssGrowthMb <= RSS_GROWTH_MB_MAX, `memory +${rssGrowthMb.toFixed(0)} MB (at most ${RSS_GROWTH_MB_MAX})`],
  ];
}

function number(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) throw new Error(`${option} must be a whole number from 1 to ${max}`);
  return value;
}
