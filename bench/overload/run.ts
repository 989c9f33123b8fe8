import { writeFile } from 'node:fs/promises';
import { overloadOptions, USAGE } from './options.js';
import { tableOf } from './overload-report.js';
import { runOverload } from './run-overload.js';

/**
 * A full node, and as many callers again: are they refused at once and for the right cause, and do the calls that are up
 * notice anything? Both halves are measured in turn in one run, so that others on the machine disturb both alike.
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = overloadOptions(args);
  const report = await runOverload(options, (line) => { process.stderr.write(`${line}\n`); });
  process.stdout.write(`${tableOf(report)}\n`);
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report.verdict.ok ? 0 : 1;
}
