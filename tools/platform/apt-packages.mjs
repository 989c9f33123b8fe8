/** Debian packages of the machine itself: which are missing, and how to bring them. */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { FixableError, runStep } from './run-step.mjs';

const run = promisify(execFile);

/** @param {readonly { name: string, program?: string }[]} packages @returns {Promise<string[]>} names of those not installed */
export async function missingPackages(packages) {
  const missing = [];
  for (const { name, program } of packages) {
    if (program !== undefined && (await inPath(program))) continue;
    const status = await run('dpkg-query', ['-W', '-f=${db:Status-Status}', name]).catch(() => undefined);
    if (status?.stdout.trim() !== 'installed') missing.push(name);
  }
  return missing;
}

/**
 * Installs what is missing. The package lists are refreshed only when the ones
 * at hand do not do.
 *
 * @param {readonly string[]} names
 */
export async function installPackages(names) {
  const byHand = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`;
  const asRoot = await rootPrefix(byHand);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => runStep(`install Debian packages: ${names.join(' ')}`,
    [...asRoot, 'apt-get', 'install', '-y', '--no-install-recommends', ...names],
    { env, fix: `run by hand and read the message: ${byHand}` });
  if (await allHaveCandidates(names)) {
    const done = await install().then(() => true, () => false); // a stale list names files that are gone
    if (done) return;
  }
  await runStep('refresh the package lists', [...asRoot, 'apt-get', 'update'], { env, fix: 'check the network and /etc/apt/sources.list' });
  await install();
}

async function inPath(program) {
  const places = (process.env.PATH ?? '').split(':').filter(Boolean);
  const found = await Promise.all(places.map((dir) => access(path.join(dir, program)).then(() => true, () => false)));
  return found.includes(true);
}

async function rootPrefix(byHand) {
  if (process.getuid?.() === 0) return [];
  const sudo = await run('sudo', ['-n', 'true']).then(() => true, () => false);
  if (sudo) return ['sudo', '-n'];
  if (process.stdin.isTTY && (await access('/usr/bin/sudo').then(() => true, () => false))) return ['sudo'];
  throw new FixableError('Debian packages are missing, and this is neither root nor allowed to use sudo', `as root: ${byHand.replaceAll('sudo ', '')}`);
}

async function allHaveCandidates(names) {
  for (const name of names) {
    const { stdout } = await run('apt-cache', ['policy', name]).catch(() => ({ stdout: '' }));
    if (!/Candidate: (?!\(none\))\S/.test(stdout)) return false;
  }
  return true;
}
