import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { measureOutage, type OutageReport } from './outage.js';

export const USAGE = `npm run bench -- events [options]
  --events N        events while Kafka is away (30000)
  --rate N          events per second, by the gateway's clock (50)
  --compression N   how much faster than the wall that clock runs (60)
  --json FILE       also write the figures there
`;

const RSS_GROWTH_MB_MAX = 64;
const CATCH_UP_PER_S_MIN = 1000;

/** One outage of a real broker; 0 when all goals were reached. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) { process.stdout.write(USAGE); return 0; }
  const { values } = parseArgs({
    args: [...args],
    options: { events: { type: 'string', default: '30000' }, rate: { type: 'string', default: '50' }, compression: { type: 'string', default: '60' }, json: { type: 'string' } },
  });
  process.stdout.write(`node ${process.version}, ${os.type()} ${os.release()}, ${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? 'unknown CPU'}\n`);
  const report = await measureOutage({
    events: number('--events', values.events, 1_000_000), eventsPerSecond: number('--rate', values.rate, 10_000), compression: number('--compression', values.compression, 1000),
  });
  const verdicts = judge(report);
  const ok = verdicts.every(([met]) => met);
  for (const [met, line] of verdicts) process.stdout.write(`${met ? 'ok  ' : 'MISS'}  ${line}\n`);
  process.stdout.write(`      publish: ${report.publishMeanUs.toFixed(1)} us on average, ${report.publishMaxMs.toFixed(2)} ms at most; spool ${report.spoolMb.toFixed(1)} MB; `
    + `all there ${report.caughtUpAfterS.toFixed(1)} s after Kafka was back; connected and idle ${report.idleCpuPercent.toFixed(2)} % of a core\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ ok, ...report }, null, 2)}\n`);
  return ok ? 0 : 1;
}

function judge({ events, awayS, consumer, rssGrowthMb, catchUpPerS }: OutageReport): readonly (readonly [boolean, string])[] {
  const lost = events - consumer.events;
  return [
    [lost === 0 && consumer.missing === 0, `${lost} of ${events} events lost, Kafka away for ${awayS.toFixed(0)} s`],
    [consumer.outOfOrder === 0, `${consumer.outOfOrder} out of order within their call and topic`],
    [consumer.records - consumer.duplicates === events, `${consumer.records - consumer.duplicates - events} repetitions left of ${consumer.duplicates}, dropped by id`],
    [rssGrowthMb <= RSS_GROWTH_MB_MAX, `memory grew by ${rssGrowthMb.toFixed(1)} MB (at most ${RSS_GROWTH_MB_MAX})`],
    [catchUpPerS >= CATCH_UP_PER_S_MIN, `caught up at ${catchUpPerS.toFixed(0)} events/s (at least ${CATCH_UP_PER_S_MIN})`],
  ];
}

/** @throws Error whose message is for the user. */
function number(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) throw new Error(`${option} takes a whole number from 1 to ${max}, not ${text}`);
  return value;
}
