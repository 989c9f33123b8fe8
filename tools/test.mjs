#!/usr/bin/env node
/**
 * Runs all tests in three stages: first those that time does not matter to, on all cores; then what waits for programs and servers
 * most of the time, in four lanes side by side; then, alone, the ones that hold single frames of real audio against what was played.
 * The last line counts all. Further arguments go to every run (`npm test -- --grep kafka`).
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Twice as many processes as cores: half of the time is waiting. */
const JOBS = String(2 * Math.max(2, os.availableParallelism()));
/** The first rule that fits a file says when it runs. */
const RULES = [
  { run: 'cloud', files: /^test\/cloud/ }, // never here: npm run test:cloud, with keys
  { run: 'alone', files: /^test\/(adapters\/(media|simulation|speech\/local)|examples\/onprem-speech-server|scenarios\/(conversations|load|onprem-speech|recording)\.test)/ },
  { run: 'lane-1', files: /^test\/(integration|support\/chaos|adapters\/events\/kafka)/ },
  { run: 'lane-2', files: /^test\/(deploy|scenarios\/(benches|chaos|sip-callers)\.test)/ },
  { run: 'lane-4', files: /^test\/scenarios\/(handover|outbound-calls|record|management)/ },
  { run: 'lane-3', files: /^test\/scenarios/ },
  { run: 'quick', files: /^test\// },
];
/** From the counts to the end of the process. */
const END_MS_MAX = 30_000;
/** What is kept of a stage's output: its last lines say what failed and count. */
const TAIL_CHARS = 20_000;
const FAILURES = /^failed: .*$/gm;
const COUNTS = /^(\d+) passed, (\d+) failed, (\d+) skipped$/gm;

function filesOf(run) {
  return readdirSync('test', { recursive: true })
    .map((name) => path.posix.join('test', name.split(path.sep).join('/')))
    .filter((file) => file.endsWith('.test.ts') && RULES.find(({ files }) => files.test(file))?.run === run)
    .sort();
}

/** @returns {Promise<{ run: string, seconds: number, counts: number[], code: number, failures: string[] }>} */
async function mocha(run, args, print) {
  // Not mocha's own command, which starts this as a child of its own: killed, it would leave that alone.
  const child = spawn(process.execPath, ['--import=tsx', 'node_modules/mocha/lib/cli/cli.js', ...args, ...filesOf(run), ...process.argv.slice(2)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const began = performance.now();
  let tail = '';
  let hung;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    print(text);
    tail = (tail + text).slice(-TAIL_CHARS);
    // What a failed test has left open may keep the process for ever: the others shall still run.
    if (tail.match(COUNTS) !== null) hung ??= setTimeout(() => { print(`${run}: counted, but does not end: something was left open\n`); child.kill('SIGKILL'); child.stdout.destroy(); }, END_MS_MAX);
  });
  const code = await new Promise((resolve, reject) => { child.once('error', reject).once('close', (status) => { resolve(status ?? 1); }); });
  clearTimeout(hung);
  const last = [...tail.matchAll(COUNTS)].at(-1);
  const seconds = (performance.now() - began) / 1000;
  // One that ended before it could count is one failure.
  return { run, seconds, counts: last ? last.slice(1).map(Number) : [0, 1, 0], code, failures: tail.match(FAILURES) ?? [] };
}

const live = (text) => { process.stdout.write(text); };
const began = performance.now();
const stage = (what) => { console.log(`--- after ${((performance.now() - began) / 1000).toFixed(0)} s: ${what}`); };

stage(`without real audio, ${JOBS} processes`);
const runs = [await mocha('quick', ['--parallel', '--jobs', JOBS], live)];
stage('with Asterisk and other servers, four lanes: the others are shown when the first has ended');
const later = ['lane-2', 'lane-3', 'lane-4'].map((lane) => {
  const shown = [];
  return { lane, shown, ran: mocha(lane, [], (text) => { shown.push(text); }) };
});
runs.push(await mocha('lane-1', [], live));
for (const { shown, ran } of later) {
  runs.push(await ran);
  live(shown.join(''));
}
stage('with real audio, alone');
runs.push(await mocha('alone', [], live));
stage(`done: ${runs.map(({ run, seconds }) => `${run} ${seconds.toFixed(0)} s`).join(', ')}`);
// Once more, since whoever looks for it has only the end of a log.
for (const { run, code, failures } of runs) if (code !== 0) console.log([`${run} ended with ${code}`, ...failures].join('\n'));
const [passed, failed, skipped] = [0, 1, 2].map((column) => runs.reduce((sum, { counts }) => sum + counts[column], 0));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = runs.some(({ code }) => code !== 0) ? 1 : 0;
