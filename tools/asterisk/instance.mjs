/**
 * One running Asterisk of our own: its configuration, sockets, logs and state
 * all lie in one run directory, so that any number of them live side by side.
 *
 *   RUN/etc             rendered from asterisk-conf/ at each start
 *   RUN/log/messages.log, RUN/log/console.log
 *   RUN/secrets.json    passwords, made at the first start, readable by the owner only
 *   RUN/instance.json   what is running: pid, addresses, passwords
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findAsterisk } from './find-asterisk.mjs';
import { endProcess, processIdentity, sameProcess } from './process-identity.mjs';
import { tcpPortFree, udpPortFree } from './ports.mjs';
import { renderDirectory } from './render-conf.mjs';

const run = promisify(execFile);
export const CONF_DIR = fileURLToPath(new URL('../../asterisk-conf/', import.meta.url));
const READY_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 50;
const SOCKET_PATH_BYTES_MAX = 107; // unix(7)
const LOG_TAIL_LINES = 15;

/**
 * @typedef {object} StartOptions
 * @property {string} runDir
 * @property {number} [ariPort]
 * @property {number} [sipPort]
 * @property {number} [callerSipPort]
 * @property {number} [rtpStart]
 * @property {number} [rtpEnd]
 * @property {string} [app] Stasis application of inbound calls
 * @property {string} [sipBind] address of the main SIP transport
 * @property {string} [confDir] templates; default asterisk-conf/
 * @property {Readonly<Record<string, string>>} [values] further placeholders (VG_...)
 * @property {boolean} [dieWithParent] end when the starting process ends, however it ends
 */

/**
 * @typedef {object} Instance
 * @property {number} pid
 * @property {number} startTicks
 * @property {string} runDir
 * @property {string} asteriskVersion
 * @property {string} app
 * @property {string} ariUrl base, ending in /ari
 * @property {string} ariUser
 * @property {string} ariPassword
 * @property {string} sipHost
 * @property {number} sipPort
 * @property {number} callerSipPort
 * @property {number} rtpStart
 * @property {number} rtpEnd
 * @property {string} softphoneUser
 * @property {string} softphonePassword
 * @property {number} startedInMs from spawn to the first answer of ARI
 */

/** @param {StartOptions} options @returns {Promise<Instance>} */
export async function startInstance(options) {
  const plan = withDefaults(options);
  const running = await readInstance(plan.runDir);
  if (running) throw new Error(`already running with pid ${running.pid} (${plan.runDir}). Fix: stop it first, or use another --run-dir`);
  await rm(instanceFile(plan.runDir), { force: true }); // left by one that crashed
  const installation = await findAsterisk();
  await assertPortsFree(plan);
  const dirs = await makeDirectories(plan.runDir);
  const secrets = await loadSecrets(plan.runDir);
  await renderDirectory(plan.confDir, dirs.etc, placeholders({ plan, dirs, secrets, installation }));
  const startedAt = Date.now();
  const child = await launch(installation, dirs, plan.dieWithParent);
  try {
    await untilReady(plan, secrets, child);
  } catch (error) {
    await endProcess(child.identity);
    throw new Error(`${error.message}\n${await logTail(dirs.log)}`, { cause: error });
  }
  const instance = describe({ plan, secrets, installation, identity: child.identity, startedInMs: Date.now() - startedAt });
  await writePrivate(instanceFile(plan.runDir), instance);
  return instance;
}

/**
 * The instance that runs in this directory, or undefined.
 * @param {string} runDir
 * @returns {Promise<Instance | undefined>}
 */
export async function readInstance(runDir) {
  const instance = await readJson(instanceFile(path.resolve(runDir)));
  return instance && sameProcess(instance) ? instance : undefined;
}

/**
 * Stops what runs in this directory; nothing is all right too.
 * @param {string} runDir
 * @returns {Promise<'gone' | 'stopped' | 'killed'>}
 */
export async function stopInstance(runDir) {
  const file = instanceFile(path.resolve(runDir));
  const instance = await readJson(file);
  const outcome = instance ? await endProcess(instance) : 'gone';
  await rm(file, { force: true });
  if (instance?.socketDir?.startsWith(os.tmpdir())) await rm(instance.socketDir, { recursive: true, force: true });
  return outcome;
}

/**
 * Runs one command of the command-line interface.
 * @param {string} runDir
 * @param {string} command
 * @returns {Promise<string>} what it printed
 */
export async function runCli(runDir, command) {
  const installation = await findAsterisk();
  const [program, ...args] = installation.command;
  const conf = path.join(path.resolve(runDir), 'etc', 'asterisk.conf');
  const { stdout } = await run(program, [...args, '-C', conf, '-rx', command], { timeout: 10_000, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

function withDefaults(options) {
  return {
    ariPort: 8088, sipPort: 5060, callerSipPort: 5070, rtpStart: 10_000, rtpEnd: 14_999,
    app: 'voice-gateway', sipBind: '127.0.0.1', confDir: CONF_DIR, values: {}, dieWithParent: false,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    runDir: path.resolve(options.runDir),
  };
}

async function assertPortsFree({ ariPort, sipPort, callerSipPort, sipBind }) {
  const wanted = [
    ['ARI', 'tcp', ariPort, await tcpPortFree(ariPort)],
    ['SIP', 'udp', sipPort, await udpPortFree(sipPort, sipBind)],
    ["the simulated caller's SIP", 'udp', callerSipPort, await udpPortFree(callerSipPort)],
  ];
  const taken = wanted.filter(([, , , free]) => !free).map(([what, protocol, port]) => `${protocol} port ${port} (${what})`);
  if (taken.length > 0) {
    throw new Error(`in use: ${taken.join(', ')}. Fix: stop the program that holds it (ss -lntup shows which), or choose other ports with --ari-port, --sip-port, --caller-sip-port`);
  }
}

async function makeDirectories(runDir) {
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  const dirs = { etc: path.join(runDir, 'etc'), log: path.join(runDir, 'log'), spool: path.join(runDir, 'spool'), state: path.join(runDir, 'state'), socket: path.join(runDir, 'run') };
  // The path of a unix socket is short by law; a deep run directory gets a place elsewhere.
  if (Buffer.byteLength(path.join(dirs.socket, 'asterisk.ctl')) > SOCKET_PATH_BYTES_MAX) {
    dirs.socket = await mkdtemp(path.join(os.tmpdir(), 'voice-gateway-'));
  }
  for (const dir of Object.values(dirs)) await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const sub of ['spool/recording', 'spool/tmp', 'state/keys']) await mkdir(path.join(runDir, sub), { recursive: true });
  return dirs;
}

async function loadSecrets(runDir) {
  const file = path.join(runDir, 'secrets.json');
  const secrets = await readJson(file);
  if (secrets) return secrets;
  const made = { ariPassword: randomBytes(24).toString('base64url'), softphonePassword: randomBytes(12).toString('base64url') };
  await writePrivate(file, made);
  return made;
}

function placeholders({ plan, dirs, secrets, installation }) {
  return {
    VG_ETC_DIR: dirs.etc, VG_LOG_DIR: dirs.log, VG_SPOOL_DIR: dirs.spool, VG_STATE_DIR: dirs.state, VG_SOCKET_DIR: dirs.socket,
    VG_MODULE_DIR: installation.moduleDir, VG_DATA_DIR: installation.dataDir,
    VG_ARI_PORT: String(plan.ariPort), VG_ARI_PASSWORD: secrets.ariPassword,
    VG_SIP_BIND: plan.sipBind, VG_SIP_HOST: reachable(plan.sipBind), VG_SIP_PORT: String(plan.sipPort), VG_CALLER_SIP_PORT: String(plan.callerSipPort),
    VG_OUTBOUND_URI: `sip:${reachable(plan.sipBind)}:${plan.sipPort}`, VG_SOFTPHONE_PASSWORD: secrets.softphonePassword,
    VG_RTP_START: String(plan.rtpStart), VG_RTP_END: String(plan.rtpEnd), VG_APP: plan.app,
    ...plan.values,
  };
}

const reachable = (bind) => (bind === '0.0.0.0' ? '127.0.0.1' : bind);

async function launch(installation, dirs, dieWithParent) {
  const console = await open(path.join(dirs.log, 'console.log'), 'w', 0o600);
  // setpriv (util-linux) asks the kernel to end Asterisk with its starter, even one that was killed.
  const guard = dieWithParent ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
  const [program, ...args] = [...guard, ...installation.command, '-f', '-C', path.join(dirs.etc, 'asterisk.conf')];
  const process_ = spawn(program, args, { detached: true, stdio: ['ignore', console.fd, console.fd], cwd: dirs.spool });
  const child = { exited: undefined, identity: { pid: process_.pid ?? 0, startTicks: 0 } };
  process_.once('error', (error) => { child.exited = `could not be started: ${error.message}`; });
  process_.once('exit', (code, signal) => { child.exited = `ended at start-up (${signal ?? `code ${code}`})`; });
  process_.unref();
  await console.close();
  const identity = process_.pid === undefined ? undefined : processIdentity(process_.pid);
  if (identity) child.identity = identity;
  return child;
}

async function untilReady({ ariPort }, { ariPassword }, child) {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  const headers = { authorization: `Basic ${Buffer.from(`gateway:${ariPassword}`).toString('base64')}`, connection: 'close' };
  let last = 'no answer';
  while (Date.now() < deadline) {
    if (child.exited) throw new Error(`Asterisk ${child.exited}`);
    // Until everything is loaded ARI is refused, unknown (404) or not booted (503).
    const answer = await fetch(`http://127.0.0.1:${ariPort}/ari/asterisk/info?only=status`, { headers, signal: AbortSignal.timeout(2000) }).catch((error) => error);
    if (answer.ok) return;
    last = answer.status ? `HTTP ${answer.status}` : String(answer.cause?.code ?? answer.message);
    await answer.body?.cancel();
    await new Promise((resolve) => { setTimeout(resolve, READY_POLL_MS); });
  }
  throw new Error(`Asterisk's ARI was not ready after ${READY_TIMEOUT_MS / 1000} s (${last})`);
}

function describe({ plan, secrets, installation, identity, startedInMs }) {
  return {
    ...identity, runDir: plan.runDir, asteriskVersion: installation.version, app: plan.app,
    ariUrl: `http://127.0.0.1:${plan.ariPort}/ari`, ariUser: 'gateway', ariPassword: secrets.ariPassword,
    sipHost: reachable(plan.sipBind), sipPort: plan.sipPort, callerSipPort: plan.callerSipPort,
    rtpStart: plan.rtpStart, rtpEnd: plan.rtpEnd,
    softphoneUser: 'softphone', softphonePassword: secrets.softphonePassword, startedInMs,
  };
}

async function logTail(logDir) {
  const parts = [];
  for (const name of ['console.log', 'messages.log']) {
    const text = await readFile(path.join(logDir, name), 'utf8').catch(() => '');
    if (text.trim()) parts.push(`--- ${path.join(logDir, name)}`, ...text.trimEnd().split('\n').slice(-LOG_TAIL_LINES));
  }
  return parts.join('\n');
}

const instanceFile = (runDir) => path.join(runDir, 'instance.json');

async function readJson(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Whole or not at all: a reader never sees half a file. */
async function writePrivate(file, value) {
  await writeFile(`${file}.new`, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
