/**
 * Prometheus and promtool for the tests of docker-compose.yml: an installed one, else Debian's package unpacked into the cache.
 * Not installed, since Debian would start it as a service of the machine.
 */
import { execFile } from 'node:child_process';
import { access, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { runStep } from './run-step.mjs';

const run = promisify(execFile);
const PROGRAMS = ['prometheus', 'promtool'];

function unpackedDirectory(env = process.env) {
  const cache = env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(cache, 'voice-gateway', 'prometheus');
}

/** @returns {Promise<{ prometheus: string, promtool: string } | undefined>} paths of the programs */
export async function findPrometheus(env = process.env) {
  for (const directory of ['/usr/bin', '/usr/local/bin', unpackedDirectory(env)]) {
    const paths = PROGRAMS.map((name) => path.join(directory, name));
    const present = await Promise.all(paths.map((file) => access(file).then(() => true, () => false)));
    if (present.every(Boolean)) return { prometheus: paths[0], promtool: paths[1] };
  }
  return undefined;
}

/** Needs package lists (apt-get update), but no root. The directory appears complete or not at all. */
export async function unpackPrometheus() {
  const root = unpackedDirectory();
  await mkdir(path.dirname(root), { recursive: true });
  const partial = await mkdtemp(`${root}.partial-`);
  try {
    await runStep('fetch Prometheus (20 MB)', ['apt-get', '-q', '-o', 'APT::Sandbox::User=', 'download', 'prometheus'], { cwd: partial, fix: 'apt-get update, then run this again' });
    const [deb] = await readdir(partial);
    await run('dpkg-deb', ['-x', path.join(partial, deb), path.join(partial, 'root')]);
    await mkdir(path.join(partial, 'made'));
    for (const name of PROGRAMS) await copyFile(path.join(partial, 'root', 'usr', 'bin', name), path.join(partial, 'made', name));
    await rm(root, { recursive: true, force: true });
    await rename(path.join(partial, 'made'), root);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
