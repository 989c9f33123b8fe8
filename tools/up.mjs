#!/usr/bin/env node
/** `make up`: starts the platform in the background and says how to ring it. */
import { parseArgs } from 'node:util';
import { readStack, startStack } from './platform/stack.mjs';
import { readDids } from './platform/dids.mjs';

const UP_DIR = 'var/up';

async function main() {
  const { values } = parseArgs({ options: { 'sip-bind': { type: 'string', default: '127.0.0.1' }, kafka: { type: 'boolean', default: false } } });
  const running = await readStack(UP_DIR);
  if (running) console.log('already running; "make down" stops it');
  if (running && values.kafka && !running.kafka) console.log('    without Kafka: make down, then make up KAFKA=1');
  const stack = running ?? await startStack({ dir: UP_DIR, sipBind: values['sip-bind'], kafka: values.kafka, say: (line) => { console.log(`    ${line}`); } });
  console.log(await howToRing(stack));
}

async function howToRing({ asterisk, httpPort, orchestratorPort, eventsDir, dir, kafka }) {
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
  agent      http://127.0.0.1:${orchestratorPort} (reference orchestrator)
  events     ${kafka ? `Kafka at ${kafka.address}; as a table: node dist/examples/event-consumer/main.js --brokers ${kafka.address} --follow` : eventsDir}
  logs       ${dir}/gateway.log ${dir}/orchestrator.log ${dir}/asterisk/log

"make down" stops it all.`;
}

main().catch((error) => {
  console.error(`up: ${error.message}`);
  process.exitCode = 1;
});
