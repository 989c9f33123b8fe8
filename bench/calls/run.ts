import { writeFile } from 'node:fs/promises';
import { tableOf } from './calls-report.js';
import { callsOptions, USAGE } from './options.js';
import { runCalls } from './run-calls.js';

/**
 * How many calls one gateway holds. The whole pipeline is real (ARI, media, turn engine, events to disk); speech and agent are
 * deterministic fakes, Asterisk is a fake that speaks ARI, and the callers are RTP in another process. Returns 0 when the
 * calls were held.
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = callsOptions(args);
  const report = await runCalls(options, (line) => { process.stderr.write(`${line}\n`); });
  process.stdout.write(`${tableOf(report)}\n`);
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report.verdict.ok ? 0 : 1;
}
