import { writeFile } from 'node:fs/promises';
import { tableOf } from './api-report.js';
import { apiOptions, USAGE } from './options.js';
import { runApi } from './run-api.js';

/**
 * The management API while calls are up: how fast it answers lists and single calls, and whether callers notice anything of it.
 * Both halves are measured in turn in one run, so that others on the machine disturb both alike.
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = apiOptions(args);
  const report = await runApi(options, (line) => { process.stderr.write(`${line}\n`); });
  process.stdout.write(`${tableOf(report)}\n`);
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report.verdict.ok ? 0 : 1;
}
