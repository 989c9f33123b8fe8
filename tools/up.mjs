#!/usr/bin/env node
/** `make up`: starts the platform in the background and says how to ring it. `--agent-url`: with an agent of one's own. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readStack, startStack, stopStack } from './platform/stack.mjs';
import { readDids } from './platform/dids.mjs';

const UP_DIR = 'var/up';

async function main() {
  const { values } = parseArgs({ options: { 'sip-bind': { type: 'string', default: '127.0.0.1' }, 'agent-url': { type: 'string', default: '' }, kafka: { type: 'boolean', default: false } } });
  const running = await readStack(UP_DIR);
  if (running) console.log('already running; "make down" stops it');
  if (running && values.kafka && !running.kafka) console.log('    without Kafka: make down, then make up KAFKA=1');
  const stack = running ?? await start({ sipBind: values['sip-bind'], agentUrl: values['agent-url'], kafka: values.kafka });
  console.log(await howToRing(stack));
}

async function start({ sipBind, agentUrl, kafka }) {
  await stopStack(UP_DIR); // what is left when one part of it has died
  return startStack({ dir: UP_DIR, sipBind, kafka, ...(agentUrl === '' ? {} : { agentUrl: checked(agentUrl) }), say: (line) => { console.log(`    ${line}`); } });
}

/** Where the management API is, as the gateway says itself; nothing while it is off. */
async function managing(dir) {
  const log = await readFile(`${dir}/gateway.log`, 'utf8');
  const lastRun = log.slice(log.lastIndexOf('"msg":"audit trail open"'));
  const url = /"url":"([^"]+)","msg":"management API open"/.exec(lastRun)?.[1];
  if (url === undefined) return '';
  return `  API        ${url}/docs (a token: README.md, "Manage it")\n  audit      ${dir}/events/audit (node dist/src/main.js audit verify --directory ${UP_DIR}/events/audit)\n`;
}

function checked(agentUrl) {
  if (!/^https?:\/\//.test(agentUrl) || !URL.canParse(agentUrl)) throw new Error(`AGENT_URL is ${agentUrl}, not a URL. Fix: for example make up AGENT_URL=http://127.0.0.1:9000`);
  return agentUrl;
}

async function howToRing({ asterisk, httpPort, agentUrl, ownAgent, eventsDir, dir, kafka }) {
  const dids = await readDids('config/tenants');
  return `
Ring it with your softphone
  server     ${asterisk.sipHost}:${asterisk.sipPort} (UDP)
  user       ${asterisk.softphoneUser}
  password   ${asterisk.softphonePassword}
${dids.map(({ number, name }) => `  dial       ${number.padEnd(9)} ${name}`).join('\n')}
${asterisk.sipHost === '127.0.0.1' ? '  (for phones on your network: make down, then make up SIP_BIND=<address of this machine>)\n' : ''}
See it
  metrics    http://127.0.0.1:${httpPort}/metrics
  ready      http://127.0.0.1:${httpPort}/readyz
${await managing(dir)}  agent      ${agentUrl} (${ownAgent ? 'yours' : 'reference orchestrator'})
  events     ${kafka ? `Kafka at ${kafka.address}; as a table: node dist/examples/event-consumer/main.js --brokers ${kafka.address} --follow` : eventsDir}
  logs       ${dir}/gateway.log${ownAgent ? '' : ` ${dir}/orchestrator.log`} ${dir}/asterisk/log

No telephone at hand? A simulated caller rings it:
  node dist/src/main.js simulate examples/calls/card-delivery.yaml --asterisk ${UP_DIR}/asterisk --events ${UP_DIR}/events

"make down" stops it all.`;
}

main().catch((error) => {
  console.error(`up: ${error.message}`);
  process.exitCode = 1;
});
