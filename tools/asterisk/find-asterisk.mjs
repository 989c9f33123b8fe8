/**
 * Finds an Asterisk to run: one that is installed, else the one tools/setup.sh
 * unpacked into the cache.
 *
 * The unpacked one is Debian's own package with Debian's own C library beside
 * it. It is started through that library's loader, so it needs no chroot, no
 * mounts and no root.
 */
import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION_TIMEOUT_MS = 10_000;
export const MAJOR_MIN = 20;

/**
 * @typedef {object} AsteriskInstallation
 * @property {'installed' | 'unpacked'} kind
 * @property {readonly string[]} command program and first arguments
 * @property {string} moduleDir
 * @property {string} dataDir
 * @property {string} version as printed by `asterisk -V`
 * @property {number} major
 */

/** Where tools/setup.sh unpacks Asterisk. */
export function unpackedRoot(env = process.env) {
  if (env.VOICEGW_ASTERISK_ROOT) return path.resolve(env.VOICEGW_ASTERISK_ROOT);
  const cache = env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(cache, 'voice-gateway', 'asterisk-root');
}

/** @returns {Promise<AsteriskInstallation>} */
export async function findAsterisk(env = process.env) {
  const installed = await findInstalled(env);
  if (installed && installed.major >= MAJOR_MIN) return installed;
  const unpacked = await findUnpacked(unpackedRoot(env));
  if (unpacked && unpacked.major >= MAJOR_MIN) return unpacked;
  const tooOld = installed ?? unpacked;
  const found = tooOld ? `found only ${tooOld.version}` : 'none found';
  throw new Error(`no Asterisk ${MAJOR_MIN} or newer (${found}). Fix: run "make setup"`);
}

/** @returns {Promise<AsteriskInstallation | undefined>} */
async function findInstalled(env) {
  const program = await firstThatExists([
    ...(env.PATH ?? '').split(':').filter(Boolean).map((dir) => path.join(dir, 'asterisk')),
    '/usr/sbin/asterisk', '/usr/local/sbin/asterisk',
  ]);
  if (!program) return undefined;
  const triplets = (await readdir('/usr/lib').catch(() => [])).filter((name) => name.includes('-linux-'));
  const moduleDir = await firstThatExists([
    ...triplets.map((triplet) => `/usr/lib/${triplet}/asterisk/modules`),
    '/usr/lib/asterisk/modules', '/usr/lib64/asterisk/modules', '/usr/local/lib/asterisk/modules',
  ]);
  const dataDir = await firstThatExists(['/usr/share/asterisk/documentation', '/var/lib/asterisk/documentation']);
  if (!moduleDir || !dataDir) return undefined;
  return describe({ kind: 'installed', command: [program], moduleDir, dataDir: path.dirname(dataDir) });
}

/** @returns {Promise<AsteriskInstallation | undefined>} */
export async function findUnpacked(root) {
  const lib = path.join(root, 'usr', 'lib');
  const triplet = (await readdir(lib).catch(() => [])).find((name) => name.includes('-linux-'));
  if (!triplet) return undefined;
  const libraries = path.join(lib, triplet);
  const loader = (await readdir(libraries)).find((name) => name.startsWith('ld-linux'));
  const program = path.join(root, 'usr', 'sbin', 'asterisk');
  if (!loader || !(await firstThatExists([program]))) return undefined;
  return describe({
    kind: 'unpacked',
    command: [path.join(libraries, loader), '--library-path', libraries, '--argv0', 'asterisk', program],
    moduleDir: path.join(libraries, 'asterisk', 'modules'),
    dataDir: path.join(root, 'usr', 'share', 'asterisk'),
  });
}

/** Adds the version; an Asterisk that cannot even say it is as good as none. */
async function describe(found) {
  const [program, ...args] = found.command;
  const answer = await run(program, [...args, '-V'], { timeout: VERSION_TIMEOUT_MS }).catch(() => undefined);
  const version = answer?.stdout.trim() ?? '';
  const major = Number(/^Asterisk (?:certified[-/])?(\d+)\./.exec(version)?.[1]);
  return Number.isInteger(major) ? { ...found, version, major } : undefined;
}

async function firstThatExists(paths) {
  for (const candidate of paths) {
    if (await access(candidate).then(() => true, () => false)) return candidate;
  }
  return undefined;
}
