#!/usr/bin/env node
/** `make doctor`: says what is wrong with this machine, and how to mend it. `--json` for programs. Exits 1 when a check fails. */
import { parseArgs } from 'node:util';
import { examine } from './platform/checks.mjs';
import { readStack } from './platform/stack.mjs';

const SIGNS = { ok: 'ok  ', note: 'note', fail: 'FAIL' };

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const findings = await examine(await readStack('var/up'));
const failures = findings.filter(({ state }) => state === 'fail').length;
if (values.json) {
  console.log(JSON.stringify({ ok: failures === 0, findings }, undefined, 2));
} else {
  for (const { check, state, detail, fix } of findings) {
    console.log(`${SIGNS[state]}  ${check.padEnd(32)} ${detail}`);
    if (fix) console.log(`      ${state === 'fail' ? 'Fix' : 'Hint'}: ${fix}`);
  }
  console.log(failures === 0 ? 'doctor: this machine is fit' : `doctor: ${failures} ${failures === 1 ? 'check fails' : 'checks fail'}`);
}
process.exitCode = failures === 0 ? 0 : 1;
