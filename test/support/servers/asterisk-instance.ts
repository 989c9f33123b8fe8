/**
 * A real Asterisk for one test suite: own ports, own run directory, our own
 * asterisk-conf/. It ends with the test process, even when that is killed.
 *
 * Start it in `before`, stop it in `after`; several suites, and several people
 * on one machine, may run theirs at the same time.
 */
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runCli, startInstance, stopInstance, type Instance } from '#tools/asterisk/instance.mjs';
import { claimPortBlock, type PortBlock } from '#tools/asterisk/ports.mjs';
import { endProcess, signalProcess } from '#tools/asterisk/process-identity.mjs';

export interface AsteriskInstanceOptions {
  /** Stasis application of inbound calls; default voice-gateway. */
  readonly app?: string;
  /** RTP ports this suite needs: 8 per simulated call (four legs of two ports). Default 480. */
  readonly rtpPorts?: number;
  /** Further placeholders of asterisk-conf/, e.g. VG_AWAY_TONE_S. */
  readonly values?: Readonly<Record<string, string>>;
  /** Keep the run directory (logs) after stop(). */
  readonly keepRunDir?: boolean;
}

export interface AriChannel {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

export interface AriBridge {
  readonly id: string;
  readonly channels: readonly string[];
}

export interface Leftovers {
  readonly channels: number;
  readonly bridges: number;
  readonly rtpSockets: number;
}

const REQUEST_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 5000;
const IDLE_POLL_MS = 50;
// Of /proc/net/udp, see proc(5): "address:port" in hexadecimal, and the number that /proc/<pid>/fd names.
const LOCAL_ADDRESS_COLUMN = 1;
const INODE_COLUMN = 9;

export class AsteriskInstance {
  readonly username: string;
  readonly password: string;
  readonly ariUrl: string;
  readonly sipPort: number;
  readonly callerSipPort: number;
  readonly rtpStart: number;
  readonly rtpEnd: number;
  /** This and the following ports up to rtpStart are nobody's: for SIPp and its like. */
  readonly firstSparePort: number;

  private constructor(
    private instance: Instance,
    private readonly ports: PortBlock,
    private readonly options: AsteriskInstanceOptions,
  ) {
    this.username = instance.ariUser;
    this.password = instance.ariPassword;
    this.ariUrl = instance.ariUrl;
    this.sipPort = instance.sipPort;
    this.callerSipPort = instance.callerSipPort;
    this.rtpStart = instance.rtpStart;
    this.rtpEnd = instance.rtpEnd;
    this.firstSparePort = ports.firstSparePort;
  }

  static async start(options: AsteriskInstanceOptions = {}): Promise<AsteriskInstance> {
    const ports = await claimPortBlock(options.rtpPorts === undefined ? {} : { rtpPorts: options.rtpPorts });
    const runDir = await mkdtemp(path.join(os.tmpdir(), 'vg-asterisk-'));
    try {
      const instance = await launch(runDir, ports, options);
      return new AsteriskInstance(instance, ports, options);
    } catch (error) {
      await rm(runDir, { recursive: true, force: true });
      await ports.release();
      throw error;
    }
  }

  get runDir(): string {
    return this.instance.runDir;
  }

  get pid(): number {
    return this.instance.pid;
  }

  /** Milliseconds from spawn to the first answer of ARI, at the latest start. */
  get startedInMs(): number {
    return this.instance.startedInMs;
  }

  /** The account for a person's softphone. */
  get softphone(): { readonly user: string; readonly password: string } {
    return { user: this.instance.softphoneUser, password: this.instance.softphonePassword };
  }

  /** As a power cut would: no goodbye to anybody. */
  async kill(): Promise<void> {
    signalProcess(this.instance, 'SIGKILL');
    await endProcess(this.instance);
  }

  /** Holds the process still (SIGSTOP): the sockets stay open and nobody answers. */
  freeze(): void {
    signalProcess(this.instance, 'SIGSTOP');
  }

  unfreeze(): void {
    signalProcess(this.instance, 'SIGCONT');
  }

  /** Ends it if it runs, and starts it again on the same ports with the same passwords. */
  async restart(): Promise<void> {
    await stopInstance(this.runDir);
    this.instance = await launch(this.runDir, this.ports, this.options);
  }

  async stop(): Promise<void> {
    this.unfreeze();
    await stopInstance(this.runDir);
    await this.ports.release();
    if (this.options.keepRunDir !== true) await rm(this.runDir, { recursive: true, force: true });
  }

  channels(): Promise<readonly AriChannel[]> {
    return this.list<AriChannel>('channels');
  }

  bridges(): Promise<readonly AriBridge[]> {
    return this.list<AriBridge>('bridges');
  }

  /**
   * Waits until nothing is left of any call, at most `timeoutMs`, and returns
   * what there is then: compare with zeros to prove that nothing leaked.
   */
  async untilIdle(timeoutMs = IDLE_TIMEOUT_MS): Promise<Leftovers> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const left = await this.leftovers();
      const idle = left.channels === 0 && left.bridges === 0 && left.rtpSockets === 0;
      if (idle || Date.now() > deadline) return left;
      await new Promise((resolve) => { setTimeout(resolve, IDLE_POLL_MS); });
    }
  }

  async leftovers(): Promise<Leftovers> {
    const [channels, bridges, rtpSockets] = await Promise.all([this.channels(), this.bridges(), this.rtpSocketCount()]);
    return { channels: channels.length, bridges: bridges.length, rtpSockets };
  }

  /** How many UDP sockets of Asterisk's RTP range are open: two for a SIP leg, one for an ExternalMedia leg (no RTCP). */
  async rtpSocketCount(): Promise<number> {
    const own = await socketInodes(this.pid);
    const [, ...lines] = (await readFile('/proc/net/udp', 'utf8')).trim().split('\n');
    return lines.filter((line) => {
      const columns = line.trim().split(/\s+/);
      const port = Number.parseInt(columns[LOCAL_ADDRESS_COLUMN]?.split(':')[1] ?? '', 16);
      return port >= this.rtpStart && port <= this.rtpEnd && own.has(columns[INODE_COLUMN] ?? '');
    }).length;
  }

  /** What Asterisk has logged since the first start. */
  log(): Promise<string> {
    return readFile(path.join(this.runDir, 'log', 'messages.log'), 'utf8');
  }

  /** Runs one command of Asterisk's command line and returns what it printed. */
  cli(command: string): Promise<string> {
    return runCli(this.runDir, command);
  }

  /** One ARI request past the code under test, to arrange or to inspect. Throws on a status above 299. */
  async request(method: string, pathAndQuery: string, body?: unknown): Promise<unknown> {
    const authorization = `Basic ${Buffer.from(`${this.username}:${this.password}`).toString('base64')}`;
    const response = await fetch(`${this.ariUrl}/${pathAndQuery}`, {
      method,
      headers: { authorization, 'content-type': 'application/json', connection: 'close' },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${pathAndQuery}: HTTP ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  private async list<T>(what: string): Promise<readonly T[]> {
    return (await this.request('GET', what)) as readonly T[];
  }
}

function launch(runDir: string, ports: PortBlock, options: AsteriskInstanceOptions): Promise<Instance> {
  const { ariPort, sipPort, callerSipPort, rtpStart, rtpEnd } = ports;
  return startInstance({
    runDir, ariPort, sipPort, callerSipPort, rtpStart, rtpEnd, dieWithParent: true,
    ...(options.app === undefined ? {} : { app: options.app }),
    ...(options.values === undefined ? {} : { values: options.values }),
  });
}

/** The sockets a process holds: the port range alone would count a stranger's too. */
async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const dir = `/proc/${pid}/fd`;
  const links = await Promise.all((await readdir(dir)).map((fd) => readlink(path.join(dir, fd)).catch(() => '')));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}
