/** A pid alone may be somebody else's by tomorrow: a process is a pid and the moment it started. */
import { readFileSync } from 'node:fs';

const START_TIME_FIELD = 22; // proc(5), /proc/<pid>/stat
const STATE_FIELD = 3;

/**
 * @param {number} pid
 * @returns {{ pid: number, startTicks: number } | undefined} undefined when there is no such (living) process
 */
export function processIdentity(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return undefined; // no such process
  }
  // The second field is the program's name in brackets, which may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number) => fields[number - 3];
  if (field(STATE_FIELD) === 'Z') return undefined;
  return { pid, startTicks: Number(field(START_TIME_FIELD)) };
}

/** @param {{ pid: number, startTicks: number }} identity */
export function sameProcess(identity) {
  return processIdentity(identity.pid)?.startTicks === identity.startTicks;
}

/**
 * SIGTERM, then SIGKILL after the deadline. Does nothing when the process has
 * already gone or its pid is another's by now.
 *
 * @param {{ pid: number, startTicks: number }} identity
 * @param {{ graceMs?: number }} [options]
 * @returns {Promise<'gone' | 'stopped' | 'killed'>}
 */
export async function endProcess(identity, { graceMs = 5000 } = {}) {
  if (!sameProcess(identity)) return 'gone';
  signalProcess(identity, 'SIGTERM');
  if (await processEnds(identity, graceMs)) return 'stopped';
  signalProcess(identity, 'SIGKILL');
  await processEnds(identity, 5000);
  return 'killed';
}

/** @param {{ pid: number, startTicks: number }} identity @param {NodeJS.Signals} signal */
export function signalProcess(identity, signal) {
  if (!sameProcess(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it ended between the look and the signal
  }
}

async function processEnds(identity, withinMs) {
  const deadline = Date.now() + withinMs;
  while (sameProcess(identity)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return true;
}
