/**
 * The whole platform on one machine, in one directory:
 *
 *   DIR/asterisk/          an Asterisk (see tools/asterisk/instance.mjs)
 *   DIR/orchestrator.log   the reference orchestrator
 *   DIR/gateway.log        the gateway
 *   DIR/kafka/             a Kafka broker, when asked for (see tools/kafka/broker.mjs)
 *   DIR/events/            what the gateway tells the world, NDJSON; with Kafka what waits for it
 *   DIR/stack.json         where everything answers
 *
 * `make up` and `make demo` are this and little else.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readInstance, startInstance, stopInstance } from '../asterisk/instance.mjs';
import { tcpPortFree, udpPortFree } from '../asterisk/ports.mjs';
import { readBroker, startBroker, stopBroker } from '../kafka/broker.mjs';
import { programRuns, startProgram, stopProgram } from './background-program.mjs';

/**
 * How the programs are told their settings. Names of the gateway: docs/configuration.md.
 * @type {(stack: Stack) => Record<string, string>}
 */
const GATEWAY_ENVIRONMENT = (stack) => ({
  VG_ASTERISK_ARI_URL: stack.asterisk.ariUrl,
  VG_ASTERISK_USERNAME: stack.asterisk.ariUser,
  VG_ASTERISK_PASSWORD: stack.asterisk.ariPassword,
  VG_ASTERISK_APP: stack.asterisk.app,
  VG_HTTP_PORT: String(stack.httpPort),
  VG_AGENT_ORCHESTRATOR_URL: stack.agentUrl,
  VG_EVENTS_DIRECTORY: stack.eventsDir,
  VG_AUDIT_DIRECTORY: path.join(stack.eventsDir, 'audit'),
  ...(stack.kafka === undefined ? {} : {
    VG_EVENTS_KIND: 'kafka', VG_EVENTS_KAFKA_BROKERS: stack.kafka.address, VG_EVENTS_KAFKA_SPOOL_DIRECTORY: stack.eventsDir,
  }),
  VG_LIMITS_DRAIN_DEADLINE_MS: '3000',
});
const GATEWAY_COMMAND = [process.execPath, 'dist/src/main.js', 'serve', '--config', 'config/demo.yaml'];
/** Each file is an agent that tenants may name. */
const DIALOGUES_DIR = 'examples/dialogues';
const ORCHESTRATOR_COMMAND = (port, dialogues) => [
  process.execPath, 'dist/examples/reference-orchestrator/main.js', '--port', String(port), '--verbose', ...dialogues.flatMap((file) => ['--dialogue', file]),
];

const READY_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 6000;
const PORT_STEP = 100;
const PORT_TRIES_MAX = 50;

/**
 * @typedef {object} Stack
 * @property {string} dir
 * @property {import('../asterisk/instance.mjs').Instance} asterisk
 * @property {number} httpPort
 * @property {string} agentUrl base URL of the agent-orchestrator
 * @property {boolean} ownAgent it is not the reference orchestrator, and not ours to start
 * @property {string} eventsDir
 * @property {string} recordingsDir
 * @property {import('../kafka/broker.mjs').Broker} [kafka]
 */

/**
 * Starts everything; on failure nothing is left running.
 * @param {{ dir: string, sipBind?: string, agentUrl?: string, kafka?: boolean, say?: (line: string) => void }} options `agentUrl`: an orchestrator that runs already; else the reference one is started
 * @returns {Promise<Stack>}
 */
export async function startStack({ dir, sipBind = '127.0.0.1', agentUrl, kafka = false, say = () => undefined }) {
  const root = path.resolve(dir);
  await mkdir(root, { recursive: true, mode: 0o700 });
  try {
    const asterisk = await startInstance({ runDir: path.join(root, 'asterisk'), sipBind, ...(await asteriskPorts(sipBind)) });
    say(`${asterisk.asteriskVersion}: ready in ${asterisk.startedInMs} ms, SIP on udp port ${asterisk.sipPort}`);
    const stack = {
      dir: root, asterisk, ...(kafka ? { kafka: await startKafka(root, say) } : {}), httpPort: await freePort(8080, tcpPortFree), ownAgent: agentUrl !== undefined,
      agentUrl: agentUrl ?? `http://127.0.0.1:${await freePort(8090, tcpPortFree)}`,
      eventsDir: path.join(root, 'events'), recordingsDir: path.join(root, 'recordings'),
    };
    if (!stack.ownAgent) await startOrchestrator(stack);
    say(`${stack.ownAgent ? 'your agent' : 'reference orchestrator'}: ${stack.agentUrl}`);
    await startGateway(stack);
    say(`gateway: http://127.0.0.1:${stack.httpPort}`);
    await writeFile(path.join(root, 'stack.json.new'), `${JSON.stringify(stack, undefined, 2)}\n`, { mode: 0o600 });
    await rename(path.join(root, 'stack.json.new'), path.join(root, 'stack.json'));
    return stack;
  } catch (error) {
    await stopStack(root);
    throw error;
  }
}

/** Stops what runs in `dir`, the gateway first, so that it can say goodbye. @returns {Promise<string[]>} what was stopped */
export async function stopStack(dir) {
  const root = path.resolve(dir);
  const outcomes = [
    ['gateway', await stopProgram(root, 'gateway', { graceMs: STOP_GRACE_MS })],
    ['orchestrator', await stopProgram(root, 'orchestrator')],
    ['asterisk', await stopInstance(path.join(root, 'asterisk'))],
    ['kafka', await stopBroker(path.join(root, 'kafka'))],
  ];
  await rm(path.join(root, 'stack.json'), { force: true });
  return outcomes.filter(([, outcome]) => outcome !== 'gone').map(([name, outcome]) => `${name} ${outcome}`);
}

/** What runs in `dir`; undefined when not all of it does. @returns {Promise<Stack | undefined>} */
export async function readStack(dir) {
  const root = path.resolve(dir);
  const text = await readFile(path.join(root, 'stack.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const stack = JSON.parse(text);
  const complete = (await programRuns(root, 'gateway')) && (stack.ownAgent || await programRuns(root, 'orchestrator')) && (await readInstance(path.join(root, 'asterisk')));
  if (!complete) return undefined;
  return stack.kafka === undefined || (await readBroker(path.join(root, 'kafka'))) ? stack : undefined;
}

async function startKafka(root, say) {
  const broker = await startBroker({
    runDir: path.join(root, 'kafka'), port: await freePort(9092, tcpPortFree), controllerPort: await freePort(9093, tcpPortFree),
  });
  say(`Kafka ${broker.version}: ready in ${broker.startedInMs} ms on ${broker.address}`);
  return broker;
}

async function startOrchestrator({ dir, agentUrl }) {
  const dialogues = (await readdir(DIALOGUES_DIR)).filter((name) => name.endsWith('.yaml')).sort().map((name) => path.join(DIALOGUES_DIR, name));
  await startProgram({
    name: 'orchestrator', dir, command: ORCHESTRATOR_COMMAND(new URL(agentUrl).port, dialogues), readyTimeoutMs: READY_TIMEOUT_MS,
    ready: () => answers(agentUrl),
  });
}

function startGateway(stack) {
  return startProgram({
    name: 'gateway', dir: stack.dir, command: GATEWAY_COMMAND, env: GATEWAY_ENVIRONMENT(stack), readyTimeoutMs: READY_TIMEOUT_MS,
    ready: () => answers(`http://127.0.0.1:${stack.httpPort}/readyz`, (status) => status === 200),
  });
}

async function answers(url, wanted = () => true) {
  const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return wanted(response.status);
}

/** The usual ports where they are free, others where they are not. */
async function asteriskPorts(sipBind) {
  return {
    ariPort: await freePort(8088, tcpPortFree),
    sipPort: await freePort(5060, (port) => udpPortFree(port, sipBind)),
    callerSipPort: await freePort(5070, udpPortFree),
  };
}

async function freePort(preferred, isFree) {
  for (let port = preferred, tries = 0; tries < PORT_TRIES_MAX; port += PORT_STEP, tries += 1) {
    if (await isFree(port)) return port;
  }
  throw new Error(`port ${String(preferred)} and all tried instead of it are taken. Fix: see who holds them with: ss -lntup`);
}
