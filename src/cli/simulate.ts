import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FAKE_VOICE, simulate, simulatorName } from '../composition/simulator.js';
import { describeFaults } from '../config/config-fault.js';
import type { Config } from '../config/gateway-schema.js';
import type { Environment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';

interface Options {
  readonly asterisk?: string;
  readonly ariUrl?: string;
  readonly ariUser?: string;
  readonly ariPassword?: string;
  readonly sip?: string;
  readonly endpoint: string;
  readonly rtpPort: number;
  readonly events?: string;
  readonly record?: string;
  readonly json?: string;
  readonly concurrency: number;
  readonly repeat: number;
  readonly staggerMs: number;
  readonly voice?: string;
}

/** What of the gateway's environment is the simulator's too; the rest (its ports, its tenants) is not. */
const SHARED_VARIABLES = /^VG_(?:ASTERISK_(?:ARI_URL|USERNAME|PASSWORD|PASSWORD_FILE|PEER_ADDRESS_OVERRIDE)|SPEECH_LOCAL_.*|MEDIA_(?:BIND_HOST|ADVERTISE_HOST|IO)|LOG_LEVEL)$/u;
const SIP_DEFAULT = '127.0.0.1:5060';
const CALLS_MAX = 10_000;

/** `voice-gateway simulate`: calls a gateway as a caller would. */
export function simulateCommand(env: Environment, setExitCode: (code: number) => void): Command {
  return new Command('simulate')
    .exitOverride()
    .description('Call a gateway as scripted callers do, over SIP through its Asterisk, and check what happens. Guide: docs/guides/simulated-caller.md')
    .argument('<script...>', 'scripts (YAML) of calls to place')
    .option('--asterisk <dir>', 'run directory of an Asterisk started by tools/asterisk.mjs: gives --ari-… and --sip')
    .option('--ari-url <url>', 'ARI of the Asterisk to call through (else VG_ASTERISK_ARI_URL)')
    .option('--ari-user <name>', 'ARI user (else VG_ASTERISK_USERNAME)')
    .option('--ari-password <password>', 'ARI password (else VG_ASTERISK_PASSWORD, which other users of the machine do not see)')
    .option('--sip <host:port>', `where Asterisk takes the calls (default ${SIP_DEFAULT})`, sipAddress)
    .option('--endpoint <name>', 'PJSIP endpoint that the calls leave by', 'caller')
    .option('--rtp-port <port>', 'UDP port of the simulator’s audio; 0: any free one', wholeNumber(0, 65_535), 0)
    .option('--events <path>', 'event log of the gateway: directory or file; needed to know what it heard and said')
    .option('--record <dir>', 'keep a stereo recording (caller left, agent right) and an event log of each call')
    .option('--json <file>', 'write the report')
    .option('--concurrency <n>', 'calls at once', wholeNumber(1, 1000), 1)
    .option('--repeat <n>', 'run each script so often', wholeNumber(1, CALLS_MAX), 1)
    .option('--stagger-ms <ms>', 'between the first calls', wholeNumber(0, 60_000), 50)
    .option('--voice <name>', `voice of the caller instead of the scripts'; "${FAKE_VOICE}": tones, for load`)
    .action(async (scripts: string[], options: Options) => { setExitCode(await run(scripts, options, env)); });
}

async function run(scripts: readonly string[], options: Options, env: Environment): Promise<number> {
  let instance: Instance = {};
  try {
    if (options.asterisk !== undefined) instance = readInstance(options.asterisk);
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const settings = { ...simulatorEnvironment(env), ...given(options, instance) };
  if (settings['VG_ASTERISK_PASSWORD'] === undefined && settings['VG_ASTERISK_PASSWORD_FILE'] === undefined) {
    complain('Which Asterisk? Nothing says how to log in.\n  fix: --asterisk DIR (the run directory of tools/asterisk.mjs), or --ari-url, --ari-user and --ari-password\n');
    return 2;
  }
  const loaded = loadConfig({ file: null, env: settings, readFile: (file) => readFileSync(file, 'utf8') });
  if (!loaded.ok) {
    complain(`${describeFaults(loaded.faults)}\n`);
    return 2;
  }
  return untilSignal((signal) => simulateWith(scripts, options, { config: loaded.value, instance }, signal));
}

function simulateWith(scripts: readonly string[], options: Options, { config, instance }: { readonly config: Config; readonly instance: Instance }, signal: AbortSignal): Promise<number> {
  const { endpoint, concurrency, repeat, staggerMs, events = null, record = null, json = null, voice = null } = options;
  return simulate({
    scripts, config, endpoint, events, record, json, concurrency, repeat, staggerMs, voice, sipAddress: options.sip ?? instance.sip ?? SIP_DEFAULT,
    write: (text) => { process.stdout.write(text); }, complain, colours: process.stdout.isTTY,
  }, signal);
}

/** Ctrl-C hangs up and reports what there is; a second one ends at once. */
async function untilSignal(act: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const onSignal = (): void => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    controller.abort(new Error('stopped'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await act(controller.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function complain(text: string): void {
  process.stderr.write(text);
}

interface Instance {
  readonly ariUrl?: string;
  readonly ariUser?: string;
  readonly ariPassword?: string;
  readonly sip?: string;
}

function readInstance(directory: string): Instance {
  const file = path.join(directory, 'instance.json');
  try {
    const { ariUrl, ariUser, ariPassword, sipHost, sipPort } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return { ariUrl: String(ariUrl), ariUser: String(ariUser), ariPassword: String(ariPassword), sip: `${String(sipHost)}:${String(sipPort)}` };
  } catch (error) {
    throw new Error(`${file} cannot be read. Fix: start Asterisk there: node tools/asterisk.mjs start --run-dir ${directory}`, { cause: error });
  }
}

/** The settings are those of the gateway, under another name, on another port, and quiet. */
function simulatorEnvironment(env: Environment): NodeJS.ProcessEnv {
  const name = simulatorName();
  return {
    VG_LOG_LEVEL: 'error', ...Object.fromEntries(Object.entries(env).filter(([key]) => SHARED_VARIABLES.test(key))),
    VG_NODE_NAME: name, VG_ASTERISK_APP: name, VG_TENANTS_DIRECTORY: '.', // no tenants are read
  };
}

function given({ ariUrl, ariUser, ariPassword, rtpPort }: Options, instance: Instance): NodeJS.ProcessEnv {
  const values = {
    VG_ASTERISK_ARI_URL: ariUrl ?? instance.ariUrl, VG_ASTERISK_USERNAME: ariUser ?? instance.ariUser,
    VG_ASTERISK_PASSWORD: ariPassword ?? instance.ariPassword, VG_MEDIA_PORT: String(rtpPort),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function sipAddress(value: string): string {
  if (!/^[A-Za-z0-9.-]{1,200}:[0-9]{1,5}$/u.test(value)) throw new InvalidArgumentError('write host:port, for example 127.0.0.1:5060');
  return value;
}

function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^[0-9]+$/u.test(value) || number < min || number > max) throw new InvalidArgumentError(`write a whole number from ${min} to ${max}`);
    return number;
  };
}
