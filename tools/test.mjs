#!/usr/bin/env node
/**
 * Runs all tests: first those that time does not matter to, on all cores; then the ones with real audio and real calls, alone,
 * one after the other. The last line counts both. Further arguments go to both runs (`npm test -- --grep kafka`).
 */
import { spawn } from 'node:child_process';
import os from 'node:os';

const QUICK = ['test/!(integration|scenarios|deploy|adapters)/**/*.test.ts', 'test/adapters/!(media|simulation|speech)/**/*.test.ts'];
/** Frames every 20 ms, threads of audio, whole calls: a second process on the same cores would be heard. */
const IN_TIME = ['test/adapters/{media,simulation,speech}/**/*.test.ts', 'test/{deploy,integration,scenarios}/**/*.test.ts'];
const COUNTS = /^(\d+) passed, (\d+) failed, (\d+) skipped$/gm;
/** Two processes at least: much of the time is waiting. */
const JOBS = String(Math.max(2, os.availableParallelism()));

/** @returns {Promise<{ counts: number[], code: number }>} */
async function mocha(args) {
  const child = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args, ...process.argv.slice(2)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let tail = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    tail = (tail + text).slice(-2000);
  });
  const code = await new Promise((resolve, reject) => { child.once('error', reject).once('close', (status) => { resolve(status ?? 1); }); });
  const last = [...tail.matchAll(COUNTS)].at(-1);
  return { counts: last ? last.slice(1).map(Number) : [0, 1, 0], code }; // it ended before it could count: that is one failure
}

const runs = [await mocha(['--parallel', '--jobs', JOBS, ...QUICK]), await mocha(IN_TIME)];
const [passed, failed, skipped] = [0, 1, 2].map((column) => runs.reduce((sum, { counts }) => sum + counts[column], 0));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = runs.some(({ code }) => code !== 0) ? 1 : 0;
