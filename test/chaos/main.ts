/** `npm run chaos`: everything the gateway depends on fails in every way, in every phase of a call; does it keep its promises? */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DEPENDENCIES } from '../support/chaos/chaos-world.js';
import { FAULTS } from '../support/chaos/faults.js';
import type { Trouble } from './contract.js';
import { runMatrix } from './lanes.js';
import { chaosDocument, chaosTable, summary } from './tell.js';

const USAGE = `usage: npm run chaos -- [options]
  --only WORDS    rounds whose name holds one of these, by commas: redis, ari-rest-hang
  --lanes N       gateways at one time (default 3)
  --json FILE     write {cases: [{name, ok, detail}]}
  --docs          write docs/chaos.md from this run
  --log           show the end of the gateway's log when a round fails
`;
const LANES = 3;

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, lanes: { type: 'string' }, json: { type: 'string' }, docs: { type: 'boolean' }, log: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const lanes = Number(values.lanes ?? LANES);
  if (values.help === true || !Number.isInteger(lanes) || lanes < 1) {
    process.stdout.write(USAGE);
    return values.help === true ? 0 : 2;
  }
  const troubles = matrix(values.only?.split(',') ?? ['']);
  const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-chaos-'));
  const began = performance.now();
  try {
    const cases = await runMatrix({
      troubles, lanes, directory,
      onCases: (done, tookMs) => { for (const { name, ok, detail } of done) process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(32)} ${(tookMs / 1000).toFixed(0).padStart(3)} s  ${detail}\n`); },
      onFailure: (log) => { if (values.log === true) process.stdout.write(`${log}\n`); },
    });
    const tookS = (performance.now() - began) / 1000;
    process.stdout.write(`\n${chaosTable(cases)}\n${summary(cases, tookS)}\n`);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ cases: cases.map(({ name, ok, detail }) => ({ name, ok, detail })) }, undefined, 2)}\n`);
    if (values.docs === true) await writeFile('docs/chaos.md', chaosDocument(cases, tookS, lanes));
    return cases.every(({ ok }) => ok) ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One round for each dependency and fault, in turns over the dependencies so that long ones do not come together. */
function matrix(only: readonly string[]): readonly Trouble[] {
  return FAULTS.flatMap((fault) => DEPENDENCIES.map((dependency) => ({ dependency, fault })))
    .filter(({ dependency, fault }) => only.some((word) => `${dependency}-${fault}`.includes(word)));
}

process.exitCode = await run();
