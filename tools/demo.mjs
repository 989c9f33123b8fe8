#!/usr/bin/env node
/** `make demo`: the platform, three simulated calls, everything stopped again. Exits as the calls went. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { processIdentity, sameProcess } from './asterisk/process-identity.mjs';
import { startStack, stopStack } from './platform/stack.mjs';

const DIR = 'var/demo';
const SCRIPTS = ['card-delivery', 'interruption', 'transfer'].map((name) => `examples/calls/${name}.yaml`);
/** The long call goes on beside the two short ones; it has the terminal. */
const CALLS_AT_ONCE = 2;
/** Exit code of a shell command that a signal ended, less the signal's number. */
const SIGNAL_BASE = 128;
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/** The simulator's flags. @param {import('./platform/stack.mjs').Stack} stack */
const simulateArguments = ({ asterisk, eventsDir, recordingsDir, dir }) => [
  'dist/src/main.js', 'simulate', ...SCRIPTS, '--concurrency', String(CALLS_AT_ONCE),
  '--json', path.join(dir, 'report.json'), '--events', eventsDir, '--record', recordingsDir,
  '--ari-url', asterisk.ariUrl, '--ari-user', asterisk.ariUser,
  '--sip', `127.0.0.1:${asterisk.sipPort}`,
];

/** Ends the demo on Ctrl-C and its like, once; a second one is left to Node. */
function interruption() {
  const controller = new AbortController();
  for (const [name, number] of Object.entries(SIGNALS)) {
    process.once(name, () => {
      process.exitCode = SIGNAL_BASE + number;
      controller.abort();
    });
  }
  return controller.signal;
}

/** One demo at a time: the next one would stop the first as if it were a leftover. */
async function claimDirectory() {
  const claim = `${DIR}.pid.json`;
  const holder = await readFile(claim, 'utf8').then(JSON.parse, () => undefined);
  if (holder && sameProcess(holder)) throw new Error(`another demo runs here (pid ${holder.pid}). Fix: wait for it, or end it with Ctrl-C`);
  await mkdir(path.dirname(claim), { recursive: true });
  await writeFile(claim, JSON.stringify(processIdentity(process.pid)));
  await stopStack(DIR); // one that was killed before it could clean up
  await rm(DIR, { recursive: true, force: true });
}

async function simulate(stack, signal) {
  // The password by environment: arguments are seen by every user of the machine.
  const child = spawn(process.execPath, simulateArguments(stack), { stdio: 'inherit', env: { ...process.env, VG_ASTERISK_PASSWORD: stack.asterisk.ariPassword } });
  const end = () => { child.kill('SIGTERM'); };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const [code] = await once(child, 'exit');
  signal.removeEventListener('abort', end);
  return code ?? 1;
}

async function main() {
  const { values } = parseArgs({ options: { json: { type: 'string' } } });
  const signal = interruption();
  await claimDirectory();
  try {
    const stack = await startStack({ dir: DIR, say: (line) => { console.log(`    ${line}`); } });
    if (signal.aborted) return;
    const code = await simulate(stack, signal);
    process.exitCode ||= code;
    if (values.json) await copyFile(path.join(stack.dir, 'report.json'), values.json);
    if (!signal.aborted) console.log(epilogue(code));
  } finally {
    await stopStack(DIR);
  }
}

function epilogue(code) {
  return `
${code === 0 ? 'All three calls went as their scripts expect.' : 'Not every call went as its script expects: see above.'}
  recordings  ${DIR}/recordings  (stereo: caller left, agent right)
  events      ${DIR}/events
  report      ${DIR}/report.json
  logs        ${DIR}/gateway.log ${DIR}/orchestrator.log ${DIR}/asterisk/log

Ring it yourself: "make up" keeps everything running and prints a SIP account and the numbers to dial.`;
}

main().catch((error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode ||= 1;
});
