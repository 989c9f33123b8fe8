/** Programs that run on after the one that started them, each with a log and a file that names its process. */
import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { endProcess, processIdentity, sameProcess, signalProcess } from '../asterisk/process-identity.mjs';

const POLL_MS = 50;
const LOG_TAIL_LINES = 20;

/**
 * @typedef {object} ProgramOptions
 * @property {string} name also of its files: DIR/NAME.pid.json and DIR/NAME.log
 * @property {string} dir
 * @property {readonly string[]} command
 * @property {NodeJS.ProcessEnv} [env] added to ours
 * @property {() => Promise<boolean>} ready
 * @property {number} readyTimeoutMs
 */

/**
 * Starts it and waits until it is ready; when it is not in time, ends it and
 * throws with the end of its log.
 * @param {ProgramOptions} options
 */
export async function startProgram({ name, dir, command, env, ready, readyTimeoutMs }) {
  await mkdir(dir, { recursive: true });
  const logFile = path.join(dir, `${name}.log`);
  const log = await open(logFile, 'w', 0o600);
  const [program, ...args] = command;
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log.fd, log.fd], env: { ...process.env, ...env } });
  let failed;
  child.once('error', (error) => { failed = error.message; });
  child.once('exit', (code, signal) => { failed ??= `ended with ${signal ?? `code ${String(code)}`}`; });
  child.unref();
  await log.close();
  const identity = child.pid === undefined ? undefined : processIdentity(child.pid);
  if (identity) await writeFile(pidFile(dir, name), JSON.stringify(identity), { mode: 0o600 });
  const deadline = Date.now() + readyTimeoutMs;
  while (!failed && !(await ready().catch(() => false))) {
    if (Date.now() > deadline) failed = `was not ready after ${String(readyTimeoutMs / 1000)} s`;
    else await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
  if (!failed) return;
  await stopProgram(dir, name);
  throw new Error(`${name} ${failed}. The end of ${logFile}:\n${await tail(logFile)}`);
}

/**
 * Ends it as its users would: SIGTERM lets it finish, a second one does not,
 * then force.
 * @returns {Promise<'gone' | 'stopped' | 'killed'>}
 */
export async function stopProgram(dir, name, { graceMs = 5000 } = {}) {
  const identity = await readIdentity(dir, name);
  const outcome = identity ? await endPolitely(identity, graceMs) : 'gone';
  await rm(pidFile(dir, name), { force: true });
  return outcome;
}

async function endPolitely(identity, graceMs) {
  if (!sameProcess(identity)) return 'gone';
  signalProcess(identity, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (sameProcess(identity) && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  return sameProcess(identity) ? endProcess(identity) : 'stopped';
}

/** @returns {Promise<boolean>} */
export async function programRuns(dir, name) {
  const identity = await readIdentity(dir, name);
  return identity !== undefined && sameProcess(identity);
}

async function readIdentity(dir, name) {
  const text = await readFile(pidFile(dir, name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

async function tail(file) {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES).map((line) => `  | ${line}`).join('\n');
}

const pidFile = (dir, name) => path.join(dir, `${name}.pid.json`);
