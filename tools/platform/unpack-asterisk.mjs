/**
 * Brings Debian's Asterisk without touching the machine: the package and all
 * it depends on are fetched from Debian sid (stable has none) with apt's own
 * signature checks, and unpacked side by side into one directory.
 *
 * Nothing of it is installed, so this needs no root and no chroot; see
 * tools/asterisk/find-asterisk.mjs for how it is started.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { findUnpacked, MAJOR_MIN } from '../asterisk/find-asterisk.mjs';
import { CONF_DIR } from '../asterisk/instance.mjs';
import { processIdentity } from '../asterisk/process-identity.mjs';
import { DISK_FREE_BYTES_MIN } from './requirements.mjs';
import { FixableError, runStep } from './run-step.mjs';

const run = promisify(execFile);
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SUITE = 'sid';

/** @param {string} root the directory to make; appears complete or not at all */
export async function unpackAsterisk(root) {
  await removeAbandoned(root);
  const partial = `${root}.partial-${String(process.pid)}`; // its own: two set-ups may run at once
  await mkdir(partial, { recursive: true });
  try {
    await assertRoom(partial);
    const apt = await privateApt(path.join(partial, 'apt'));
    await runStep(`fetch the package lists of Debian ${SUITE} from ${apt.mirror}`, [...apt.command, 'update'], { fix: apt.fix });
    await runStep('fetch Asterisk and its libraries (80 MB)', [...apt.command, '-y', '--download-only', 'install', 'asterisk'], { fix: apt.fix });
    await extract(apt.archives, path.join(partial, 'root'));
    await assertComplete(path.join(partial, 'root'));
    await putInPlace(path.join(partial, 'root'), root);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** A root that works stays: another set-up was faster. One that does not is replaced. */
async function putInPlace(made, root) {
  if (await findUnpacked(root)) return;
  await rm(root, { recursive: true, force: true });
  await rename(made, root).catch(async (error) => {
    if (!(await findUnpacked(root))) throw error;
  });
}

/** What interrupted set-ups left behind. */
async function removeAbandoned(root) {
  const names = await readdir(path.dirname(root)).catch(() => []);
  for (const name of names) {
    const [base, pid] = name.split('.partial-');
    if (base === path.basename(root) && pid && !processIdentity(Number(pid))) await rm(path.join(path.dirname(root), name), { recursive: true, force: true });
  }
}

async function assertRoom(dir) {
  const { bavail, bsize } = await statfs(dir);
  if (bavail * bsize < DISK_FREE_BYTES_MIN) {
    throw new FixableError(`less than 1 GB free under ${dir}`, 'free some disk space, or point XDG_CACHE_HOME to another disk');
  }
}

/** An apt with lists, cache and an empty "installed" state of its own. */
async function privateApt(dir) {
  const mirror = process.env.VOICEGW_DEBIAN_MIRROR || (await configuredMirror());
  if (mirror === undefined) throw new FixableError('apt of this machine names no Debian mirror to take Asterisk from', 'name one: VOICEGW_DEBIAN_MIRROR=<URL> make setup');
  const archives = path.join(dir, 'cache', 'archives');
  await mkdir(path.join(dir, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(archives, 'partial'), { recursive: true });
  await writeFile(path.join(dir, 'state', 'status'), '');
  const keyring = await access(KEYRING).then(() => `[signed-by=${KEYRING}] `, () => '');
  await writeFile(path.join(dir, 'sources.list'), `deb ${keyring}${mirror} ${SUITE} main\n`);
  const settings = {
    'Dir::Etc::SourceList': path.join(dir, 'sources.list'), 'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': path.join(dir, 'state'), 'Dir::State::status': path.join(dir, 'state', 'status'), 'Dir::Cache': path.join(dir, 'cache'),
    'APT::Install-Recommends': '0', 'APT::Sandbox::User': '', 'APT::Get::List-Cleanup': '0',
    'Acquire::Languages': 'none', 'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false', 'Acquire::Retries': '3', 'APT::Update::Error-Mode': 'any',
    'APT::Update::Post-Invoke-Success::': '', 'Binary::apt-get::APT::Keep-Downloaded-Packages': 'true',
  };
  return {
    mirror, archives,
    command: ['apt-get', '-q', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])],
    fix: `check the network. If ${mirror} has no ${SUITE}, name a full mirror: VOICEGW_DEBIAN_MIRROR=<URL> make setup. If a signature is unknown, update the package debian-archive-keyring. If the Release file is expired, the mirror is frozen: take another, or allow it in /etc/apt/apt.conf.d (Acquire::Check-Valid-Until). Or install any Asterisk ${String(MAJOR_MIN)} or newer yourself: one in PATH is preferred`,
  };
}

/** The Debian mirror this machine already uses. */
async function configuredMirror() {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)|$(ORIGIN)|$(LABEL)', 'Created-By: Packages']).catch(() => ({ stdout: '' }));
  const rows = stdout.split('\n').map((line) => line.split('|'));
  const named = rows.find(([, origin, label]) => origin === 'Debian' && label === 'Debian');
  const alike = rows.find(([uri]) => /\/debian\/?$/.test(uri)); // before the first apt-get update nothing has a name
  return (named ?? alike)?.[0].replace(/\/$/, '');
}

async function extract(archives, root) {
  const packages = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
  await mkdir(root, { recursive: true });
  // One shell loop instead of 160 processes started from here; only its result matters.
  const script = 'for deb in "$1"/*.deb; do dpkg-deb -x "$deb" "$2" || exit 1; echo "unpacked ${deb##*/}"; done';
  await runStep(`unpack ${String(packages.length)} packages`, ['sh', '-c', script, 'unpack', archives, root], {
    fix: 'run "make setup" again; if it fails in the same place, delete the cache directory it names',
  });
  for (const useless of ['usr/share/doc', 'usr/share/man', 'usr/share/perl', 'usr/share/locale']) {
    await rm(path.join(root, useless), { recursive: true, force: true });
  }
}

/** Starts the program and resolves every module we load: a library too few shows here, not in a call. */
async function assertComplete(root) {
  const asterisk = await findUnpacked(root);
  const fix = `Debian ${SUITE} is in motion: try again tomorrow, or install an Asterisk ${String(MAJOR_MIN)} or newer yourself (one in PATH is preferred)`;
  if (!asterisk) throw new FixableError('the unpacked Asterisk does not start', fix);
  if (asterisk.major < MAJOR_MIN) throw new FixableError(`${asterisk.version} is too old`, fix);
  const [loader, , libraries] = asterisk.command;
  const wanted = [...(await readFile(path.join(CONF_DIR, 'modules.conf'), 'utf8')).matchAll(/^(?:load|require) = (\S+)$/gm)].map(([, name]) => name);
  for (const name of wanted) {
    const file = path.join(asterisk.moduleDir, name);
    const { stdout } = await run(loader, ['--library-path', libraries, '--list', file]).catch((error) => error);
    const missing = /(\S+) => not found/.exec(String(stdout));
    if (missing) throw new FixableError(`${name} needs ${missing[1]}, which no package brought`, fix);
  }
}
