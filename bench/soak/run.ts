import { writeFile } from 'node:fs/promises';
import { type SoakOptions, soakOptions, USAGE } from './options.js';
import { asteriskTableOf, runAsteriskSoak } from './run-asterisk-soak.js';
import { runSoak } from './run-soak.js';
import { tableOf } from './soak-report.js';

/**
 * Thousands of short calls, one after the other in overlapping waves, with state in Redis and events by way of its outbox:
 * does anything fail, grow or stay behind? Everything is real but Asterisk, speech and agent. Returns 0 when nothing did.
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = soakOptions(args);
  const { report, table } = await soak(options);
  process.stdout.write(`${table}\n`);
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report.verdict.ok ? 0 : 1;
}

async function soak(options: SoakOptions) {
  if (options.asterisk) {
    const report = await runAsteriskSoak(options);
    return { report, table: asteriskTableOf(report) };
  }
  const report = await runSoak(options, (line) => { process.stderr.write(`${line}\n`); });
  return { report, table: tableOf(report) };
}
