/**
 * What doctor looks at. Each check answers with what it found; one that fails
 * also says how to mend it.
 */
import { execFile } from 'node:child_process';
import { access, readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findAsterisk, unpackedRoot } from '../asterisk/find-asterisk.mjs';
import { tcpPortFree, udpPortFree } from '../asterisk/ports.mjs';
import { CONF_DIR } from '../asterisk/instance.mjs';
import { findKafka } from '../kafka/find-kafka.mjs';
import { missingPackages } from './apt-packages.mjs';
import { nodeModulesCurrent } from './node-modules.mjs';
import { APT_PACKAGES, DISK_FREE_BYTES_MIN, MODEL_DIRECTORY, NATIVE_LIBRARIES, NODE_MIN, nodeRecentEnough, OPEN_FILES_MIN } from './requirements.mjs';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SETUP = 'run: make setup';
const PROBE_TIMEOUT_MS = 15_000;

/**
 * @typedef {object} Finding
 * @property {string} check
 * @property {'ok' | 'note' | 'fail'} state a note is worth knowing and stops nothing
 * @property {string} detail
 * @property {string} [fix]
 */

const ok = (check, detail) => ({ check, state: 'ok', detail });
const note = (check, detail, fix) => ({ check, state: 'note', detail, fix });
const fail = (check, detail, fix) => ({ check, state: 'fail', detail, fix });

/** @param {import('./stack.mjs').Stack | undefined} stack what `make up` runs, whose ports are ours @returns {Promise<Finding[]>} */
export async function examine(stack) {
  const findings = [node(), await packages(), await nodeModules(), ...await asterisk(), await kafka(), ...await nativeLibraries(), await model()];
  return [...findings, ...await ports(stack), await disk(), await openFiles(), await privileges()].flat();
}

function node() {
  const version = process.versions.node;
  return nodeRecentEnough(version) ? ok('Node.js', version) : fail('Node.js', `${version} is too old`, `install ${NODE_MIN.join('.')} or newer (https://nodejs.org/en/download)`);
}

async function packages() {
  const missing = await missingPackages(APT_PACKAGES);
  if (missing.length === 0) return ok('Debian packages', `all ${APT_PACKAGES.length} present`);
  return fail('Debian packages', `missing: ${missing.join(' ')}`, SETUP);
}

async function nodeModules() {
  return (await nodeModulesCurrent(ROOT)) ? ok('Node packages', 'as in package-lock.json') : fail('Node packages', 'node_modules differs from package-lock.json', SETUP);
}

async function asterisk() {
  const found = await findAsterisk().catch((error) => error);
  if (found instanceof Error) return [fail('Asterisk', found.message, SETUP)];
  const { stdout: modules } = await run('ls', [found.moduleDir]);
  const wanted = await readFile(path.join(CONF_DIR, 'modules.conf'), 'utf8');
  const required = [...wanted.matchAll(/^require = (\S+)$/gm)].map(([, name]) => name).filter((name) => !modules.includes(name));
  return [
    ok('Asterisk', `${found.version} (${found.kind === 'installed' ? found.command[0] : unpackedRoot()})`),
    required.length === 0 ? ok('Asterisk modules', 'all that we require') : fail('Asterisk modules', `missing: ${required.join(' ')}`, `this Asterisk was built without them: install Debian's, or set it aside so that "make setup" brings one`),
    modules.includes('chan_websocket.so') ? ok('chan_websocket', 'present: media over websocket is possible') : note('chan_websocket', 'absent: media goes over RTP only', 'nothing to do; it comes with Asterisk 20.16, 21.11 and 22.6'),
  ];
}

async function kafka() {
  return findKafka().then(({ version }) => ok('Kafka broker', version), (error) => note('Kafka broker', `${error.message.split('. Fix:')[0]}: needed by tests and "make up KAFKA=1" only`, SETUP));
}

/** Each in a process of its own: a library that crashes while it loads is a finding, not our end. */
async function nativeLibraries() {
  return Promise.all(NATIVE_LIBRARIES.map(async ({ file, probe, package: name }) => {
    const program = `const koffi = (await import('koffi')).default; koffi.load('${file}').func('${probe}', 'void *', []);`;
    const failure = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: ROOT, timeout: PROBE_TIMEOUT_MS }).then(() => undefined, (error) => error);
    if (!failure) return ok(`library ${file}`, 'loads');
    const why = String(failure.stderr).split('\n').find((line) => /^(\w*Error|\s*Error)/.test(line))?.trim() ?? failure.message.split('\n')[0];
    if (why.includes("'koffi'")) return fail(`library ${file}`, why, SETUP);
    return fail(`library ${file}`, why, `install its package again: apt-get install --reinstall ${name}`);
  }));
}

async function model() {
  const present = await access(MODEL_DIRECTORY).then(() => true, () => false);
  return present ? ok('recogniser model', MODEL_DIRECTORY) : fail('recogniser model', `${MODEL_DIRECTORY} is missing`, 'apt-get install --reinstall pocketsphinx-en-us');
}

async function ports(stack) {
  const wanted = [
    ['SIP', 'udp', 5060, udpPortFree, stack?.asterisk.sipPort], ['SIP of the simulated caller', 'udp', 5070, udpPortFree, stack?.asterisk.callerSipPort],
    ['ARI', 'tcp', 8088, tcpPortFree, stack && Number(new URL(stack.asterisk.ariUrl).port)],
    ['HTTP', 'tcp', 8080, tcpPortFree, stack?.httpPort], ['reference orchestrator', 'tcp', 8090, tcpPortFree, stack && !stack.ownAgent && Number(new URL(stack.agentUrl).port)],
  ];
  return Promise.all(wanted.map(async ([what, protocol, port, isFree, ours]) => {
    const check = `port ${protocol} ${port}`;
    if (await isFree(port)) return ok(check, `free (${what})`);
    if (ours === port) return ok(check, `ours, by "make up" (${what})`);
    return note(check, `taken by another program (${what})`, `nothing to do: demo and up take another port; to free it see: ss -lntup | grep :${port}`);
  }));
}

async function disk() {
  const { bavail, bsize } = await statfs(ROOT);
  const free = `${(bavail * bsize / 1e9).toFixed(1)} GB free`;
  return bavail * bsize >= DISK_FREE_BYTES_MIN ? ok('disk', free) : fail('disk', free, 'free at least 1 GB (make clean deletes what was built and recorded here)');
}

/** A process may raise its own limit up to the hard one; Asterisk does so by itself. */
async function openFiles() {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? '0';
  const enough = hard === 'unlimited' || Number(hard) >= OPEN_FILES_MIN;
  return enough ? ok('open files', `limit ${hard}`) : note('open files', `limit ${hard}: about ${Math.floor(Number(hard) / 12)} calls`, `raise it: ulimit -Hn ${OPEN_FILES_MIN}, or LimitNOFILE= of the service`);
}

async function privileges() {
  if (process.getuid?.() === 0) return ok('privileges', 'root');
  const sudo = await run('sudo', ['-n', 'true']).then(() => true, () => false);
  return sudo ? ok('privileges', `${os.userInfo().username}, with sudo`)
    : note('privileges', `${os.userInfo().username}, without sudo`, 'only needed while Debian packages are missing: have an administrator install them');
}
