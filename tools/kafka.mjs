#!/usr/bin/env node
/** Starts, stops and looks at a Kafka broker of this project. See `--help`. */
import { parseArgs } from 'node:util';
import { readBroker, startBroker, stopBroker } from './kafka/broker.mjs';

const HELP = `usage: node tools/kafka.mjs start|stop|status [options]

  start     start a broker in RUN, wait until it takes clients
  stop      end the one that runs in RUN; its topics stay
  status    say what runs in RUN; exit code 3 when nothing does

  --run-dir DIR          where it keeps everything (default var/kafka)
  --port N               for clients, default 9092
  --controller-port N    its own, default 9093
  --json                 print RUN/broker.json`;

const OPTIONS = {
  'run-dir': { type: 'string', default: 'var/kafka' }, port: { type: 'string', default: '9092' }, 'controller-port': { type: 'string', default: '9093' },
  json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false },
};
const NOTHING_RUNS = 3;

async function main() {
  const { values, positionals: [command] } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help || command === undefined) { console.log(HELP); return; }
  const runDir = values['run-dir'];
  switch (command) {
    case 'start': report(await startBroker({ runDir, port: port(values, 'port'), controllerPort: port(values, 'controller-port') }), values.json); return;
    case 'stop': console.log(`kafka in ${runDir}: ${await stopBroker(runDir)}`); return;
    case 'status': await status(runDir, values.json); return;
    default: throw new Error(`unknown command "${command}"\n${HELP}`);
  }
}

async function status(runDir, json) {
  const broker = await readBroker(runDir);
  if (broker) { report(broker, json); return; }
  console.log(`nothing runs in ${runDir}`);
  process.exitCode = NOTHING_RUNS;
}

function port(values, name) {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new Error(`--${name} takes a port number, not "${values[name]}"`);
  return number;
}

function report(broker, json) {
  if (json) { console.log(JSON.stringify(broker, undefined, 2)); return; }
  console.log(`Kafka ${broker.version} runs with pid ${broker.pid} (ready in ${broker.startedInMs} ms)
  brokers    ${broker.address}
  log        ${broker.runDir}/broker.log`);
}

main().catch((error) => {
  console.error(`kafka: ${error.message}`);
  process.exitCode = 1;
});
