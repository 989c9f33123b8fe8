#!/usr/bin/env node
/**
 * Runs all tests in stages: first those that time does not matter to; then what waits for programs and servers most of the time;
 * then, two files at a time, what needs much of the machine at once (twenty calls); then, alone, the ones that hold single frames
 * of real audio against what was played, and those with real recognisers. The last line counts all. Further arguments go to every
 * run (`npm test -- --grep kafka`).
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Twice as many processes as cores: half of the time is waiting. */
const JOBS = 2 * Math.max(2, os.availableParallelism());
/** Each file of these starts an Asterisk or a broker of its own: memory and ports for no more at a time, whatever the cores. */
const SERVER_JOBS = Math.min(JOBS, 4);
/** `first`: the files that take longest, longest first: what begins last shall be short. `jobs`: processes at a time; 1 is mocha's own. */
const STAGES = [
  {
    run: 'quick', what: 'without real audio', jobs: JOBS, files: /^test\//,
    first: [
      'adapters/state/redis/interleavings', 'adapters/audit/verify-audit', 'adapters/asterisk/asterisk-telephony', 'adapters/asterisk/leg-cleanup', 'security/canary',
      'composition/voice-detector', 'adapters/speech/sherpa/sherpa-speech-to-text', 'adapters/http/api/isolation', 'adapters/state/redis/redis-call-repository',
      'domain/conversation/conversation.property', 'adapters/speech/onprem/onprem-voice-activity-faults', 'domain/privacy/card-recall', 'tools/command-line',
      'application/speech/fallback-speech-to-text', 'adapters/recordings/s3-recording-store', 'architecture/dependency-rules', 'cli/broken-pipe',
    ],
  },
  {
    run: 'servers', what: 'with Asterisk and other servers', jobs: SERVER_JOBS, files: /^test\/(integration|deploy|scenarios|support\/chaos|adapters\/events\/kafka)/,
    first: [
      'scenarios/handover', 'deploy/compose', 'scenarios/benches', 'adapters/events/kafka/kafka-event-publisher', 'scenarios/speech-providers', 'scenarios/recorded-calls',
      'adapters/events/kafka/kafka-security', 'scenarios/management-api', 'integration/kafka-outage', 'integration/asterisk/outages', 'integration/sipp-scenarios',
      'integration/asterisk/calls', 'scenarios/sip-callers', 'scenarios/chaos', 'scenarios/secrets', 'scenarios/outbound-calls',
    ],
  },
  { run: 'crowds', what: 'with twenty calls at a time', jobs: 2, files: /^test\/scenarios\/(many-calls|outages)\.test/, first: ['scenarios/many-calls'] },
  {
    run: 'alone', what: 'with real audio', jobs: 1, first: [],
    files: /^test\/(adapters\/(media|simulation|speech\/local)\/|examples\/onprem-speech-server|scenarios\/(conversations|load|onprem-speech|recording|take-over)\.test)/,
  },
];
/** Never here: `npm run test:cloud`, with keys. */
const CLOUD = /^test\/cloud/;
/** From the counts to the end of the process. */
const END_MS_MAX = 30_000;
/** What is kept of a stage's output: its last lines say what failed and count. */
const TAIL_CHARS = 20_000;
const FAILURES = /^failed: .*$/gm;
const COUNTS = /^(\d+) passed, (\d+) failed, (\d+) skipped$/gm;

/** The last stage that names a file runs it. */
const stageOf = (file) => (CLOUD.test(file) ? undefined : STAGES.findLast(({ files }) => files.test(file)));

function filesOf(stage) {
  const all = readdirSync('test', { recursive: true })
    .map((name) => path.posix.join('test', name.split(path.sep).join('/')))
    .filter((file) => file.endsWith('.test.ts') && stageOf(file) === stage)
    .sort();
  const first = stage.first.map((name) => `test/${name}.test.ts`);
  const unknown = first.filter((file) => !all.includes(file));
  if (unknown.length > 0) throw new Error(`tools/test.mjs names files that the stage "${stage.run}" has not: ${unknown.join(', ')}`);
  return [...first, ...all.filter((file) => !first.includes(file))];
}

/** @returns {Promise<{ run: string, seconds: number, counts: number[], code: number, failures: string[] }>} */
async function mocha({ run, jobs, files }) {
  const args = [...(jobs > 1 ? ['--parallel', '--jobs', String(jobs)] : []), ...files, ...process.argv.slice(2)];
  // Not mocha's own command, which starts this as a child of its own: killed, it would leave that alone.
  const child = spawn(process.execPath, ['--import=tsx', 'node_modules/mocha/lib/cli/cli.js', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const began = performance.now();
  let tail = '';
  let hung;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    tail = (tail + text).slice(-TAIL_CHARS);
    // What a failed test has left open may keep the process for ever: the others shall still run.
    if (tail.match(COUNTS) !== null) hung ??= setTimeout(() => { console.log(`${run}: counted, but does not end: something was left open`); child.kill('SIGKILL'); child.stdout.destroy(); }, END_MS_MAX);
  });
  const code = await new Promise((resolve, reject) => { child.once('error', reject).once('close', (status) => { resolve(status ?? 1); }); });
  clearTimeout(hung);
  const last = [...tail.matchAll(COUNTS)].at(-1);
  const seconds = (performance.now() - began) / 1000;
  // One that ended before it could count is one failure.
  return { run, seconds, counts: last ? last.slice(1).map(Number) : [0, 1, 0], code, failures: tail.match(FAILURES) ?? [] };
}

const began = performance.now();
const tell = (what) => { console.log(`--- after ${((performance.now() - began) / 1000).toFixed(0)} s: ${what}`); };

const runs = [];
for (const { stage, files } of STAGES.map((each) => ({ stage: each, files: filesOf(each) }))) {
  tell(`${stage.what}, ${stage.jobs === 1 ? 'alone' : `${stage.jobs} processes`}`);
  runs.push(await mocha({ run: stage.run, jobs: stage.jobs, files }));
}
tell(`done: ${runs.map(({ run, seconds }) => `${run} ${seconds.toFixed(0)} s`).join(', ')}`);
// Once more, since whoever looks for it has only the end of a log.
for (const { run, code, failures } of runs) if (code !== 0) console.log([`${run} ended with ${code}`, ...failures].join('\n'));
const [passed, failed, skipped] = [0, 1, 2].map((column) => runs.reduce((sum, { counts }) => sum + counts[column], 0));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = runs.some(({ code }) => code !== 0) ? 1 : 0;
