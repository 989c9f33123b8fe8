#!/usr/bin/env node
/** Starts, stops and looks at an Asterisk of this project. See `--help`. */
import { parseArgs } from 'node:util';
import { readInstance, runCli, startInstance, stopInstance } from './asterisk/instance.mjs';

const HELP = `usage: node tools/asterisk.mjs start|stop|restart|status|cli [options] [-- command]

  start     render asterisk-conf/ into RUN/etc, start, wait until ARI answers
  stop      end the one that runs in RUN
  restart   stop, then start with the same ports
  status    say what runs in RUN; exit code 3 when nothing does
  cli       run one Asterisk command: cli --run-dir RUN core show channels

  --run-dir DIR          where it keeps everything (default var/asterisk)
  --ari-port N           default 8088
  --sip-port N           default 5060
  --caller-sip-port N    the simulated caller's, default 5070
  --rtp-start N          default 10000
  --rtp-end N            default 14999
  --sip-bind ADDRESS     default 127.0.0.1; 0.0.0.0 lets phones of your network in
  --app NAME             Stasis application of inbound calls, default voice-gateway
  --conf-dir DIR         templates, default asterisk-conf/
  --set VG_NAME=VALUE    any other placeholder of asterisk-conf/; may be repeated
  --json                 print RUN/instance.json`;

const OPTIONS = {
  'run-dir': { type: 'string', default: 'var/asterisk' },
  'ari-port': { type: 'string' }, 'sip-port': { type: 'string' }, 'caller-sip-port': { type: 'string' },
  'rtp-start': { type: 'string' }, 'rtp-end': { type: 'string' },
  'sip-bind': { type: 'string' }, app: { type: 'string' }, 'conf-dir': { type: 'string' },
  set: { type: 'string', multiple: true, default: [] },
  json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false },
};
const NOTHING_RUNS = 3;

async function main() {
  const { values, positionals: [command, ...rest] } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help || command === undefined) { console.log(HELP); return; }
  const runDir = values['run-dir'];
  switch (command) {
    case 'start': report(await startInstance(startOptions(values)), values.json); return;
    case 'stop': console.log(`asterisk in ${runDir}: ${await stopInstance(runDir)}`); return;
    case 'restart': report(await restart(values), values.json); return;
    case 'status': await status(values); return;
    case 'cli': process.stdout.write(await runCli(runDir, rest.join(' '))); return;
    default: throw new Error(`unknown command "${command}"\n${HELP}`);
  }
}

async function restart(values) {
  const before = await readInstance(values['run-dir']);
  await stopInstance(values['run-dir']);
  const { ariUrl, sipPort, callerSipPort, rtpStart, rtpEnd, app } = before ?? {};
  const kept = before && { ariPort: Number(new URL(ariUrl).port), sipPort, callerSipPort, rtpStart, rtpEnd, app };
  return startInstance({ ...kept, ...startOptions(values) });
}

async function status(values) {
  const instance = await readInstance(values['run-dir']);
  if (instance) report(instance, values.json);
  else {
    console.log(`nothing runs in ${values['run-dir']}`);
    process.exitCode = NOTHING_RUNS;
  }
}

function startOptions(values) {
  const options = {
    runDir: values['run-dir'], app: values.app, sipBind: values['sip-bind'], confDir: values['conf-dir'],
    ariPort: port(values, 'ari-port'), sipPort: port(values, 'sip-port'), callerSipPort: port(values, 'caller-sip-port'),
    rtpStart: port(values, 'rtp-start'), rtpEnd: port(values, 'rtp-end'),
    values: Object.fromEntries(values.set.map(placeholder)),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function port(values, name) {
  if (values[name] === undefined) return undefined;
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new Error(`--${name} takes a port number, not "${values[name]}"`);
  return number;
}

function placeholder(text) {
  const match = /^(VG_[A-Z0-9_]+)=(.*)$/.exec(text);
  if (!match) throw new Error(`--set takes VG_NAME=VALUE, not "${text}"`);
  return [match[1], match[2]];
}

function report(instance, json) {
  if (json) { console.log(JSON.stringify(instance, undefined, 2)); return; }
  console.log(`${instance.asteriskVersion} runs with pid ${instance.pid} (ready in ${instance.startedInMs} ms)
  ARI        ${instance.ariUrl}  user ${instance.ariUser}, password in ${instance.runDir}/secrets.json
  SIP        udp ${instance.sipHost}:${instance.sipPort}, simulated caller from port ${instance.callerSipPort}
  RTP        ${instance.rtpStart}-${instance.rtpEnd}
  Stasis     ${instance.app}
  logs       ${instance.runDir}/log`);
}

main().catch((error) => {
  console.error(`asterisk: ${error.message}`);
  process.exitCode = 1;
});
