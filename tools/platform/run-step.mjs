/** Runs a long command so that a person sees it live: a line every few seconds, its tail when it fails. */
import { spawn } from 'node:child_process';

const HEARTBEAT_MS = 4000;
const TAIL_LINES = 20;
const LINE_CHARS_MAX = 100;

/** A failure that a person can act on. */
export class FixableError extends Error {
  /** @param {string} message what is wrong @param {string} fix what to do about it */
  constructor(message, fix) {
    super(message);
    this.fix = fix;
  }
}

const seconds = (sinceMs) => `${String(Math.round((Date.now() - sinceMs) / 1000)).padStart(4)} s`;

/**
 * @param {string} title what the step does
 * @param {readonly string[]} command
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, fix: string, quietWhenShort?: boolean }} options
 * @returns {Promise<string>} everything the command printed
 */
export async function runStep(title, command, options) {
  console.log(`==> ${title}`);
  const startedAt = Date.now();
  const { code, output } = await runAndShow(command, options, startedAt);
  if (code === 0) {
    console.log(`    done in ${seconds(startedAt).trim()}`);
    return output;
  }
  const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).map((line) => `    | ${line}`).join('\n');
  throw new FixableError(`could not ${title}: ${command[0]} ended with ${String(code)}\n${tail}`, options.fix);
}

function runAndShow(command, options, startedAt) {
  return new Promise((resolve) => {
    const [program, ...args] = command;
    const child = spawn(program, args, { env: options.env ?? process.env, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk) => { output += chunk.toString(); };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const heartbeat = setInterval(() => { console.log(`    ${seconds(startedAt)}  ${lastLine(output)}`); }, HEARTBEAT_MS);
    const end = (code) => { clearInterval(heartbeat); resolve({ code, output }); };
    child.once('error', (error) => { output += `${error.message}\n`; end(error.code ?? 'error'); });
    child.once('close', (code, signal) => { end(code ?? signal); });
  });
}

function lastLine(output) {
  return output.trimEnd().split(/[\r\n]/).at(-1)?.slice(0, LINE_CHARS_MAX) ?? '';
}
