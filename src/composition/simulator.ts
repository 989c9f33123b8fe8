import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { PinoLogger } from '../adapters/runtime/pino-logger.js';
import { PrometheusMetrics } from '../adapters/runtime/prometheus-metrics.js';
import { SystemClock } from '../adapters/runtime/system-clock.js';
import { UlidSource } from '../adapters/runtime/ulid-source.js';
import { DiskOutput } from '../adapters/simulation/disk-output.js';
import { GatewayEventTail } from '../adapters/simulation/gateway-event-tail.js';
import { writeJsonReport } from '../adapters/simulation/json-report.js';
import { loadScript } from '../adapters/simulation/load-script.js';
import { paintFor } from '../adapters/simulation/paint.js';
import { describeScriptFault } from '../adapters/simulation/script-fault.js';
import { SpokenLines } from '../adapters/simulation/spoken-lines.js';
import { summaryTable } from '../adapters/simulation/summary-table.js';
import { TerminalWatcher } from '../adapters/simulation/terminal-watcher.js';
import { ToneLines } from '../adapters/simulation/tone-lines.js';
import { LocalSpeechToText } from '../adapters/speech/local/local-speech-to-text.js';
import { LocalTextToSpeech } from '../adapters/speech/local/local-text-to-speech.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import { deadline } from '../application/lifecycle/deadline.js';
import type { LineSource } from '../application/ports/line-source.js';
import type { SpeechToText } from '../application/ports/speech-to-text.js';
import { pause } from '../application/simulation/pause.js';
import { runSimulation } from '../application/simulation/run-simulation.js';
import type { SimulationPorts } from '../application/simulation/simulation-ports.js';
import type { Config } from '../config/gateway-schema.js';
import type { CallReport } from '../domain/simulation/call-report.js';
import type { CallScript } from '../domain/simulation/script.js';
import type { Runtime } from './runtime.js';
import { openTelephony } from './telephony.js';

/** A simulation as the command line asks for it. */
export interface SimulatorOptions {
  readonly scripts: readonly string[];
  /** Asterisk, media and speech of the simulator. `simulatorConfig` makes it. */
  readonly config: Config;
  /** `host:port` where Asterisk takes SIP calls. */
  readonly sipAddress: string;
  /** PJSIP endpoint that the calls leave by. */
  readonly endpoint: string;
  readonly events: string | null;
  readonly record: string | null;
  readonly json: string | null;
  readonly concurrency: number;
  readonly repeat: number;
  readonly staggerMs: number;
  /** Goes over the scripts'; `fake`: tones instead of speech, and nothing recognised. */
  readonly voice: string | null;
  readonly write: (text: string) => void;
  /** Takes what keeps the simulation from running. */
  readonly complain: (text: string) => void;
  readonly colours: boolean;
}

const START_DEADLINE_MS = 20_000;
const ASTERISK_DEADLINE_MS = 10_000;
const READY_POLL_MS = 50;
export const FAKE_VOICE = 'fake';

/** Runs a simulation from scripts to report. 0: every call as expected, 1: not every one, 2: it could not be run; the reason is written. */
export async function simulate(options: SimulatorOptions, signal: AbortSignal): Promise<number> {
  const scripts = readScripts(options);
  if (scripts === null) return 2;
  setMaxListeners(0, signal); // every call at once listens to it, and lets go when it ends
  const runtime = openSimulatorRuntime(options.config);
  const owned = new CloseStack();
  try {
    const ports = await openPorts(options, scripts, { runtime, owned, signal });
    const plan = { scripts, repeat: options.repeat, concurrency: options.concurrency, staggerMs: options.staggerMs };
    return await tellResult(options, await runSimulation(ports, plan, signal), scripts.length * options.repeat);
  } catch (error) {
    options.complain(`The simulation could not run: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  } finally {
    await owned.close();
  }
}

function readScripts({ scripts, voice, complain }: SimulatorOptions): readonly CallScript[] | null {
  const loaded = scripts.map((file) => loadScript(file));
  const faults = loaded.flatMap((each) => (each.ok ? [] : each.faults));
  if (faults.length > 0) {
    complain(`${faults.map(describeScriptFault).join('\n')}\n`);
    return null;
  }
  return loaded.flatMap((each) => (each.ok ? [voice === null || voice === FAKE_VOICE ? each.script : { ...each.script, voice }] : []));
}

async function tellResult({ write, colours, json }: SimulatorOptions, reports: readonly CallReport[], planned: number): Promise<number> {
  write(`\n${summaryTable(reports, paintFor(colours))}`);
  if (reports.length < planned) write(`Stopped: ${planned - reports.length} of ${planned} calls were not placed.\n`);
  if (json !== null) await writeJsonReport(json, reports, planned);
  return reports.length === planned && reports.every(({ ok }) => ok) ? 0 : 1;
}

interface Opening {
  readonly runtime: Runtime;
  readonly owned: CloseStack;
  readonly signal: AbortSignal;
}

/** The transcript has the standard output for itself. */
function openSimulatorRuntime(config: Config): Runtime {
  const log = PinoLogger.open({ level: config.log.level, fields: { node: config.node.name }, destination: process.stderr });
  const metrics = new PrometheusMetrics({ logger: log, processMetrics: false });
  return { log, metrics, ids: new UlidSource(), clock: new SystemClock({ onFault: (error) => { log.error('a timer threw', {}, error); } }) };
}

async function openPorts(options: SimulatorOptions, scripts: readonly CallScript[], opening: Opening): Promise<SimulationPorts> {
  const { config, concurrency, write, colours } = options;
  const { runtime, owned } = opening;
  const limit = deadline(runtime.clock, START_DEADLINE_MS, opening.signal);
  try {
    const lines = await openLines(options, { ...opening, signal: limit.signal });
    const recogniser = await openRecogniser(options, scripts, { ...opening, signal: limit.signal });
    const events = options.events === null ? null : await GatewayEventTail.open({ path: options.events, clock: runtime.clock }, limit.signal);
    if (events !== null) owned.defer('gateway events', () => events.close());
    const telephony = await openTelephony(config, runtime, { sweepLater: false, accepts: () => false }, limit.signal);
    owned.defer('telephony', () => telephony.close());
    await untilReady(() => telephony.telephony.ready, config.asterisk.ariUrl, { ...opening, signal: limit.signal });
    return {
      clock: runtime.clock, ids: runtime.ids, lines, recogniser, events, telephony: telephony.telephony,
      output: options.record === null ? null : new DiskOutput(options.record),
      watcher: new TerminalWatcher({ write, paint: paintFor(colours), concurrency }),
      destinationOf: (did) => `PJSIP/${options.endpoint}/sip:${did}@${options.sipAddress}`,
    };
  } finally {
    limit.clear();
  }
}

async function openLines({ config, voice }: SimulatorOptions, { runtime, owned, signal }: Opening): Promise<LineSource> {
  if (voice === FAKE_VOICE) return new ToneLines();
  const { synthesiserWorkers, libraryDirectories } = config.speech.local;
  const synthesiser = await LocalTextToSpeech.open({ workers: synthesiserWorkers, libraryDirectories, logger: runtime.log }, signal);
  owned.defer('synthesiser', () => synthesiser.close());
  return new SpokenLines(synthesiser);
}

/** Only if a script wants to know what the agent's audio says: a recogniser costs memory and time to start. */
async function openRecogniser({ config, voice }: SimulatorOptions, scripts: readonly CallScript[], { runtime, owned, signal }: Opening): Promise<SpeechToText | null> {
  const wanted = scripts.some(({ steps }) => steps.some((step) => step.kind === 'expect-agent' && step.via !== 'events'));
  if (!wanted || voice === FAKE_VOICE) return null;
  const { recogniserWorkers, decodersMax, modelDirectory, libraryDirectories } = config.speech.local;
  const recogniser = await LocalSpeechToText.open({ workers: recogniserWorkers, decodersMax, modelDirectory, libraryDirectories, logger: runtime.log }, signal);
  owned.defer('recogniser', () => recogniser.close());
  return recogniser;
}

async function untilReady(ready: () => boolean, ariUrl: string, { runtime: { clock }, signal }: Opening): Promise<void> {
  const endMs = clock.nowMs() + ASTERISK_DEADLINE_MS;
  while (!ready()) {
    if (clock.nowMs() > endMs) throw new Error(`Asterisk does not let us in at ${ariUrl}. Fix: is it running, are --ari-url, --ari-user and --ari-password right?`);
    await pause(clock, READY_POLL_MS, signal);
  }
}

/** A name that no other simulator on this Asterisk has; letters and figures only. */
export function simulatorName(): string {
  return `simulator${randomBytes(4).toString('hex')}`;
}
