/**
 * The whole platform for scenario tests: a real Asterisk, the reference orchestrator and the gateway as processes of their own,
 * started as a user starts them, on ports of their own. Callers are simulated by `voice-gateway simulate`.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { AsteriskInstance } from './servers/asterisk-instance.js';
import { ChildProgram } from './servers/child-program.js';

const MAIN = 'dist/src/main.js';
const ORCHESTRATOR = 'dist/examples/reference-orchestrator/main.js';
const DIALOGUES = ['--dialogue', 'examples/dialogues/card-delivery.yaml', '--dialogue', 'examples/dialogues/restaurant.yaml'];
const START_TIMEOUT_MS = 90_000;
const IDLE_TIMEOUT_MS = 10_000;

export interface PlatformOptions {
  /** Further settings of the gateway, by environment name. */
  readonly env?: Readonly<Record<string, string>>;
  readonly orchestratorArgs?: readonly string[];
  /** Settings of the gateway. Default: those of the demo. */
  readonly configFile?: string;
  readonly rtpPorts?: number;
  /** Placeholders of asterisk-conf/. */
  readonly asterisk?: Readonly<Record<string, string>>;
}

export interface SimulatedTurn {
  readonly speaker: 'caller' | 'agent';
  readonly text: string;
  readonly heard: string;
  readonly latency_ms: Readonly<Record<string, number | null>>;
}

export interface SimulatedCall {
  readonly script: string;
  readonly ok: boolean;
  readonly end_reason: string | null;
  readonly recording: string | null;
  readonly greeting_ms: number | null;
  readonly response_ms: readonly number[];
  readonly stop_ms: readonly number[];
  readonly max_gap_ms: number | null;
  /** Of the simulator's own leg: what the line did to the audio. */
  readonly media: { readonly packets_lost: number; readonly packets_late: number; readonly frames_adjusted: number } | null;
  readonly turns: readonly SimulatedTurn[];
  readonly failures: readonly string[];
}

export interface SimulationResult {
  readonly exitCode: number | null;
  readonly output: string;
  readonly calls: readonly SimulatedCall[];
}

export interface SecondGateway {
  readonly program: ChildProgram;
  readonly httpPort: number;
}

export class Platform {
  gateway!: ChildProgram;
  orchestrator!: ChildProgram;
  private second: ChildProgram | null = null;

  private constructor(
    readonly asterisk: AsteriskInstance,
    readonly directory: string,
    private readonly ports: { http: number; readonly orchestrator: number },
    private readonly options: PlatformOptions,
  ) {}

  static async start(options: PlatformOptions = {}): Promise<Platform> {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run \`npm run build\` first (make test does)`);
    const asterisk = await AsteriskInstance.start({ ...(options.rtpPorts === undefined ? {} : { rtpPorts: options.rtpPorts }), ...(options.asterisk === undefined ? {} : { values: options.asterisk }) });
    const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-platform-'));
    const platform = new Platform(asterisk, directory, { http: await freeTcpPort(), orchestrator: await freeTcpPort() }, options);
    try {
      await platform.startOrchestrator();
      await platform.startGateway();
    } catch (error) {
      await platform.stop();
      throw error;
    }
    return platform;
  }

  get httpPort(): number {
    return this.ports.http;
  }

  get orchestratorPort(): number {
    return this.ports.orchestrator;
  }

  get eventsDirectory(): string {
    return path.join(this.directory, 'events');
  }

  async startOrchestrator(): Promise<void> {
    this.orchestrator = await ChildProgram.start({
      name: 'reference orchestrator',
      args: [ORCHESTRATOR, '--port', String(this.orchestratorPort), ...DIALOGUES, ...(this.options.orchestratorArgs ?? [])],
      ready: () => answers(`http://127.0.0.1:${this.orchestratorPort}/`),
      readyTimeoutMs: START_TIMEOUT_MS,
    });
  }

  async startGateway(): Promise<void> {
    this.gateway = await this.launchGateway(this.httpPort, {});
  }

  /** Another one beside it, with further settings on top of those of the first. It ends with the platform. */
  async startSecondGateway(env: Readonly<Record<string, string>>): Promise<SecondGateway> {
    const httpPort = await freeTcpPort();
    const program = await this.launchGateway(httpPort, env);
    this.second = program;
    return { program, httpPort };
  }

  /** From now on it is the one that is asked. */
  useGateway({ program, httpPort }: SecondGateway): void {
    this.gateway = program;
    this.ports.http = httpPort;
  }

  private launchGateway(httpPort: number, env: Readonly<Record<string, string>>): Promise<ChildProgram> {
    return ChildProgram.start({
      name: 'gateway',
      args: [MAIN, 'serve', '--config', this.options.configFile ?? 'config/demo.yaml'],
      env: {
        VG_ASTERISK_ARI_URL: this.asterisk.ariUrl, VG_ASTERISK_USERNAME: this.asterisk.username, VG_ASTERISK_PASSWORD: this.asterisk.password,
        VG_HTTP_PORT: String(httpPort), VG_AGENT_ORCHESTRATOR_URL: `http://127.0.0.1:${this.orchestratorPort}`,
        VG_EVENTS_DIRECTORY: this.eventsDirectory, VG_AUDIT_DIRECTORY: path.join(this.directory, 'audit'), VG_HISTORY_DIRECTORY: path.join(this.directory, 'history'), VG_MEDIA_PORT: '0', VG_LOG_LEVEL: 'info',
        VG_LIMITS_LOOP_DELAY_MS_MAX: '60000', // how busy others keep this machine is not what is tested
        ...this.options.env, ...env,
      },
      ready: () => isReady(httpPort),
      readyTimeoutMs: START_TIMEOUT_MS,
    });
  }

  ready(): Promise<boolean> {
    return isReady(this.httpPort);
  }

  /** Runs `voice-gateway simulate` with the scripts and reads its report. */
  async simulate(scripts: readonly string[], args: readonly string[] = [], timeoutMs = 120_000): Promise<SimulationResult> {
    const report = path.join(this.directory, `report-${Date.now()}.json`);
    const program = await ChildProgram.start({
      name: 'simulate',
      args: [
        MAIN, 'simulate', ...scripts, '--json', report, '--events', this.eventsDirectory, '--record', path.join(this.directory, 'recordings'),
        '--ari-url', this.asterisk.ariUrl, '--ari-user', this.asterisk.username,
        '--sip', `127.0.0.1:${this.asterisk.sipPort}`, ...args,
      ],
      env: { VG_ASTERISK_PASSWORD: this.asterisk.password },
      ready: () => true,
      readyTimeoutMs: START_TIMEOUT_MS,
    });
    const exitCode = await program.ended(timeoutMs).catch(async (error: unknown) => {
      await program.stop('SIGKILL');
      throw new Error(`simulate did not end:\n${program.output}`, { cause: error });
    });
    const calls = existsSync(report) ? (JSON.parse(await readFile(report, 'utf8')) as { calls: SimulatedCall[] }).calls : [];
    return { exitCode, output: program.output, calls };
  }

  /** Value of a metric summed over its label sets that contain `labels`; 0 when it was never counted. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.httpPort}/metrics`)).text();
    return text.split('\n')
      .filter((line) => new RegExp(`^voicegw_${name}(\\{|\\s)`, 'u').test(line))
      .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** All events published so far, in order of the log. */
  async events(): Promise<readonly { readonly type: string; readonly time: string; readonly sequence: string; readonly subject: string; readonly data: Record<string, unknown> }[]> {
    const files = (await readdir(this.eventsDirectory).catch(() => [])).filter((file) => file.endsWith('.ndjson')).sort();
    const texts = await Promise.all(files.map((file) => readFile(path.join(this.eventsDirectory, file), 'utf8')));
    return texts.join('').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as never);
  }

  /** Waits until nothing of any call is left: channels, bridges, RTP sockets of Asterisk; calls and legs of the gateway. Throws what is left. */
  async untilIdle(): Promise<void> {
    const end = Date.now() + IDLE_TIMEOUT_MS;
    for (;;) {
      const asterisk = await this.asterisk.untilIdle();
      const calls = await this.metric('calls_active');
      const legs = await this.metric('media_legs');
      if (asterisk.channels + asterisk.bridges + asterisk.rtpSockets + calls + legs === 0) return;
      if (Date.now() > end) throw new Error(`left over: ${JSON.stringify({ ...asterisk, calls, legs })}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async stop(): Promise<void> {
    await Promise.all([(this.gateway as ChildProgram | undefined)?.stop(), (this.orchestrator as ChildProgram | undefined)?.stop(), this.second?.stop()]);
    await this.asterisk.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function isReady(httpPort: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${httpPort}/readyz`).catch(() => null))?.status === 200;
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => null)) !== null;
}

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
