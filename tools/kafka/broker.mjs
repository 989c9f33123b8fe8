/**
 * One running Kafka broker of our own (KRaft: broker and controller in one small process), all in one run directory:
 *
 *   RUN/server.properties   written at each start
 *   RUN/data                the log of its topics; stays over restarts
 *   RUN/broker.log          what it prints
 *   RUN/broker.json         what is running: pid, address
 */
import { execFile, spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { tcpPortFree } from '../asterisk/ports.mjs';
import { endProcess, processIdentity, sameProcess } from '../asterisk/process-identity.mjs';
import { findKafka } from './find-kafka.mjs';

const run = promisify(execFile);
const HEAP_MB = 256;
/** Any; it names the cluster, and there is one per run directory. */
const CLUSTER_ID = 'dm9pY2UtZ2F0ZXdheS1rYQ';
const READY_TIMEOUT_MS = 60_000;
const FORMAT_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
const LOG_TAIL_LINES = 15;
const STARTED = 'Kafka Server started';

/**
 * @typedef {object} Broker
 * @property {number} pid
 * @property {number} startTicks
 * @property {string} runDir
 * @property {string} version
 * @property {string} address host:port for clients
 * @property {number} port
 * @property {number} controllerPort
 * @property {number} startedInMs from spawn to "started"
 */

/**
 * @typedef {object} Secured
 * @property {number} port
 * @property {string} pem
 * @property {string} username
 * @property {string} password
 */

/**
 * `advertisedPort`: where clients are told to come, when something stands between.
 * `secured`: one more listener, with TLS and a login (PLAIN and both SCRAM). `pem`: file with its key and certificate.
 *
 * @param {{ runDir: string, port?: number, controllerPort?: number, advertisedPort?: number, dieWithParent?: boolean, secured?: Secured }} options
 * @returns {Promise<Broker>}
 */
export async function startBroker({ runDir, port = 9092, controllerPort = 9093, advertisedPort = port, dieWithParent = false, secured }) {
  const root = path.resolve(runDir);
  const running = await readBroker(root);
  if (running) throw new Error(`already running with pid ${String(running.pid)} (${root}). Fix: stop it first, or use another --run-dir`);
  const kafka = await findKafka();
  for (const wanted of [port, controllerPort, ...(secured ? [secured.port] : [])]) {
    if (!(await tcpPortFree(wanted))) throw new Error(`tcp port ${String(wanted)} is in use. Fix: stop the program that holds it (ss -lntp shows which), or choose others with --port and --controller-port`);
  }
  await mkdir(root, { recursive: true, mode: 0o700 });
  const properties = path.join(root, 'server.properties');
  await writeFile(properties, settings({ root, port, controllerPort, advertisedPort, secured }));
  await format(kafka, root, { properties, secured });
  const startedAt = Date.now();
  const child = await launch(kafka, root, properties, dieWithParent);
  try {
    await untilStarted(root, port, child);
  } catch (error) {
    if (child.identity) await endProcess(child.identity);
    throw new Error(`${error.message}\n${await logTail(root)}`, { cause: error });
  }
  const broker = {
    ...child.identity, runDir: root, version: kafka.version, address: `127.0.0.1:${String(port)}`, port, controllerPort, startedInMs: Date.now() - startedAt,
  };
  await writeFile(`${brokerFile(root)}.new`, `${JSON.stringify(broker, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${brokerFile(root)}.new`, brokerFile(root));
  return broker;
}

/** The broker that runs in this directory, or undefined. @param {string} runDir @returns {Promise<Broker | undefined>} */
export async function readBroker(runDir) {
  const text = await readFile(brokerFile(path.resolve(runDir)), 'utf8').catch(() => undefined);
  const broker = text === undefined ? undefined : JSON.parse(text);
  return broker && sameProcess(broker) ? broker : undefined;
}

/** Stops what runs in this directory; nothing is all right too. @param {string} runDir @returns {Promise<'gone' | 'stopped' | 'killed'>} */
export async function stopBroker(runDir) {
  const broker = await readBroker(runDir);
  const outcome = broker ? await endProcess(broker) : 'gone';
  await rm(brokerFile(path.resolve(runDir)), { force: true });
  return outcome;
}

/**
 * One replica of everything, few threads, no waiting for further members of a consumer group; topics are made on purpose only.
 * A short session: after a kill the controller, which is the same process, refuses the new one until the old one's is over.
 */
function settings({ root, port, controllerPort, advertisedPort, secured }) {
  const values = {
    'process.roles': 'broker,controller', 'node.id': 1, 'controller.quorum.voters': `1@127.0.0.1:${String(controllerPort)}`,
    listeners: `PLAINTEXT://127.0.0.1:${String(port)},CONTROLLER://127.0.0.1:${String(controllerPort)}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(advertisedPort)}`, 'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT', 'log.dirs': path.join(root, 'data'),
    'offsets.topic.replication.factor': 1, 'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1, 'transaction.state.log.min.isr': 1, 'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1, 'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0, 'num.partitions': 3, 'auto.create.topics.enable': false,
    'broker.session.timeout.ms': 2000, 'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2, 'num.io.threads': 2, 'log.cleaner.dedupe.buffer.size': 8_388_608,
    ...(secured ? securedSettings(secured, { port, controllerPort, advertisedPort }) : {}),
  };
  return Object.entries(values).map(([name, value]) => `${name}=${String(value)}\n`).join('');
}

/** Goes over the settings of the same name. */
function securedSettings({ port: securedPort, pem, username, password }, { port, controllerPort, advertisedPort }) {
  const module = (name, users = '') => `org.apache.kafka.common.security.${name}LoginModule required${users};`;
  const secured = `SECURED://127.0.0.1:${String(securedPort)}`;
  return {
    listeners: `PLAINTEXT://127.0.0.1:${String(port)},CONTROLLER://127.0.0.1:${String(controllerPort)},${secured}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(advertisedPort)},${secured}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL',
    'listener.name.secured.ssl.keystore.type': 'PEM', 'listener.name.secured.ssl.keystore.location': pem,
    'listener.name.secured.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.secured.plain.sasl.jaas.config': module('plain.Plain', ` user_${username}="${password}"`),
    'listener.name.secured.scram-sha-256.sasl.jaas.config': module('scram.Scram'),
    'listener.name.secured.scram-sha-512.sasl.jaas.config': module('scram.Scram'),
  };
}

/** Gives the data directory its identity, once. */
async function format({ java, libDir }, root, { properties, secured }) {
  const done = await readFile(path.join(root, 'data', 'meta.properties')).then(() => true, () => false);
  if (done) return;
  const args = ['-Xmx64m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', `${libDir}/*`, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties];
  for (const mechanism of secured ? ['SCRAM-SHA-256', 'SCRAM-SHA-512'] : []) args.push('--add-scram', `${mechanism}=[name=${secured.username},password=${secured.password}]`);
  await run(java, args, { timeout: FORMAT_TIMEOUT_MS });
}

async function launch({ java, libDir }, root, properties, dieWithParent) {
  const log = await open(path.join(root, 'broker.log'), 'w', 0o600);
  // setpriv (util-linux) asks the kernel to end the broker with its starter, even one that was killed.
  const guard = dieWithParent ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
  // The first compiler only: for a broker that lives minutes the second costs more than it gives.
  const [program, ...args] = [...guard, java, `-Xmx${String(HEAP_MB)}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${libDir}/*`, 'kafka.Kafka', properties];
  const process_ = spawn(program, args, { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: root });
  const child = { exited: undefined, identity: undefined };
  process_.once('error', (error) => { child.exited = `could not be started: ${error.message}`; });
  process_.once('exit', (code, signal) => { child.exited = `ended at start-up (${signal ?? `code ${String(code)}`})`; });
  process_.unref();
  await log.close();
  if (process_.pid !== undefined) child.identity = processIdentity(process_.pid);
  return child;
}

async function untilStarted(root, port, child) {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exited) throw new Error(`Kafka ${child.exited}`);
    const log = await readFile(path.join(root, 'broker.log'), 'utf8');
    if (log.includes(STARTED) && (await accepts(port))) return;
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
  throw new Error(`Kafka was not ready after ${String(READY_TIMEOUT_MS / 1000)} s`);
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => { resolve(false); });
  });
}

async function logTail(root) {
  const text = await readFile(path.join(root, 'broker.log'), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES).map((line) => `  | ${line}`).join('\n');
}

const brokerFile = (root) => path.join(root, 'broker.json');
