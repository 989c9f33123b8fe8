/**
 * Plays one of the scripted SIP callers in scenarios/ with SIPp against an
 * Asterisk, and tells what became of the call. SIPp does the signalling; the
 * caller's voice is a RtpCaller on the port that its SDP names.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type SippScenario = 'talk' | 'hold' | 'refused' | 'agent-hangs-up' | 'cancel' | 'softphone' | 'presses-a-key'
  /** People who are called: they answer and press a key, are busy, or let it ring. */
  | 'person' | 'person-busy' | 'person-rings'
  /** Somebody who is called, at `localSipPort`. */
  | 'callee-answers' | 'callee-refuses' | 'callee-rings';

/** Static RTP payload types of RFC 3551; G.722's clock rate is 8000 by the same RFC. */
export const CALLER_CODECS = {
  ulaw: { payloadType: 0, name: 'PCMU' },
  alaw: { payloadType: 8, name: 'PCMA' },
  g722: { payloadType: 9, name: 'G722' },
} as const;
export type CallerCodec = keyof typeof CALLER_CODECS;

export interface SippOptions {
  /** Asterisk's SIP port on 127.0.0.1. */
  readonly sipPort: number;
  /** Called by a caller; a callee needs none. */
  readonly did?: string;
  /** Where a callee is called; default any. */
  readonly localSipPort?: number;
  /** With what a callee refuses. Default 486 Busy Here. */
  readonly status?: string;
  readonly callerNumber?: string;
  readonly correlationId?: string;
  readonly codec?: CallerCodec;
  /** Account of the `softphone` scenario. */
  readonly account?: { readonly user: string; readonly password: string };
  /** The pause of the scenario: how long a caller talks, or holds. Default 0. */
  readonly pauseMs?: number;
  /** The port named in the caller's SDP; default one where nobody listens. */
  readonly rtpPort?: number;
  /** The key that is pressed; default 1. */
  readonly key?: string;
  /** SIP port of this side; default any. */
  readonly localPort?: number;
  readonly calls?: number;
  readonly callsPerSecond?: number;
  /** How long an expected message may take. Default 10 s. */
  readonly messageTimeoutMs?: number;
  /** When everything must be over. Default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface SippResult {
  /** Each call went as the scenario tells. */
  readonly ok: boolean;
  /** What the scenario logged, in order: "answered rtp=12345", "caller hung up", "refused 503", ... */
  readonly log: readonly string[];
  /** What was not as expected; empty when ok. */
  readonly errors: string;
  readonly durationMs: number;
}

const SCENARIOS_DIR = fileURLToPath(new URL('scenarios/', import.meta.url));
const LOG_POLL_MS = 20;
const MS_PER_S = 1000;

/** One running SIPp. Own it: `await call.done()` or `await call.stop()`. */
export class SippCall {
  private constructor(
    private readonly child: ChildProcess,
    private readonly dir: string,
    private readonly startedAtMs: number,
  ) {}

  static async start(scenario: SippScenario, options: SippOptions): Promise<SippCall> {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'vg-sipp-'));
    const args = await commandLine(scenario, options, dir);
    const child = spawn('sipp', args, { cwd: dir, stdio: 'ignore', ...(options.signal ? { signal: options.signal } : {}) });
    child.on('error', () => undefined); // an abort, or no SIPp at all: both show as a failed result
    return new SippCall(child, dir, performance.now());
  }

  /** Asterisk's media port as its answer names it, as soon as there is one; undefined when the call ends without. */
  async remoteRtpPort(): Promise<number | undefined> {
    for (;;) {
      const port = /answered rtp=(\d+)/.exec(await this.read('log'))?.[1];
      if (port !== undefined) return Number(port);
      if (this.ended) return undefined;
      await new Promise((resolve) => { setTimeout(resolve, LOG_POLL_MS); });
    }
  }

  /** Resolves when the scenario has logged this line, or has ended. */
  async logged(line: string): Promise<void> {
    while (!this.ended && !(await this.read('log')).split('\n').includes(line)) await new Promise((resolve) => { setTimeout(resolve, LOG_POLL_MS); });
  }

  async done(): Promise<SippResult> {
    if (!this.ended) await once(this.child, 'close').catch(() => undefined);
    const [log, errors] = [await this.read('log'), await this.read('errors')];
    await rm(this.dir, { recursive: true, force: true });
    return {
      ok: this.child.exitCode === 0, errors: errors === '' && this.child.exitCode !== 0 ? `sipp ended with ${this.exit()}` : errors,
      log: log.split('\n').filter((line) => line !== ''), durationMs: performance.now() - this.startedAtMs,
    };
  }

  /** Ends SIPp without a word to the other side, as a caller whose network is gone. */
  async stop(): Promise<SippResult> {
    if (!this.ended) this.child.kill('SIGKILL');
    return this.done();
  }

  private get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
  }

  private exit(): string {
    return this.child.pid === undefined ? 'no process: is sip-tester installed?' : (this.child.signalCode ?? `code ${String(this.child.exitCode)}`);
  }

  private read(what: string): Promise<string> {
    return readFile(path.join(this.dir, what), 'utf8').catch(() => '');
  }
}

/** Plays a scenario to its end. */
export async function runSipp(scenario: SippScenario, options: SippOptions): Promise<SippResult> {
  const call = await SippCall.start(scenario, options);
  return call.done();
}

const DEFAULTS = { did: '', codec: 'ulaw', key: '1', account: { user: 'softphone', password: '' }, callerNumber: '4930555020', correlationId: 'sipp', pauseMs: 0, calls: 1, callsPerSecond: 10, messageTimeoutMs: 10_000, timeoutMs: 30_000 } as const;

async function commandLine(scenario: SippScenario, options: SippOptions, dir: string): Promise<string[]> {
  const { did, codec, key, account, callerNumber, correlationId, pauseMs, calls, callsPerSecond, messageTimeoutMs, timeoutMs } = { ...DEFAULTS, ...options };
  const { payloadType, name } = CALLER_CODECS[codec];
  // Left to itself SIPp wants 5060, 6000 and 8888, and two of them at once quarrel.
  const [freePort, mediaPort, controlPort, unusedPort] = await freeUdpPorts(4);
  const { localSipPort: sipPort = options.localPort ?? freePort } = options;
  const keys = {
    did, caller: callerNumber, correlation: correlationId,
    rtp_port: options.rtpPort ?? unusedPort, payload_type: payloadType, codec: name, auth_user: account.user, key,
  };
  return [
    `127.0.0.1:${options.sipPort}`, '-sf', await scenarioFile(scenario, options, dir), '-nostdin', '-au', account.user, '-ap', account.password,
    '-i', '127.0.0.1', '-p', String(sipPort), '-mp', String(mediaPort), '-cp', String(controlPort),
    '-m', String(calls), '-r', String(callsPerSecond), '-d', String(pauseMs),
    '-recv_timeout', String(messageTimeoutMs),
    '-timeout', `${Math.ceil(timeoutMs / MS_PER_S)}s`, '-timeout_error',
    '-trace_logs', '-log_file', path.join(dir, 'log'), '-trace_err', '-error_file', path.join(dir, 'errors'),
    ...Object.entries(keys).flatMap(([key, value]) => ['-key', key, String(value)]),
  ];
}

/** SIPp must know the status of an answer when it reads the scenario: no key can bring it. */
async function scenarioFile(scenario: SippScenario, { status = '486 Busy Here' }: SippOptions, dir: string): Promise<string> {
  const file = path.join(SCENARIOS_DIR, `${scenario}.xml`);
  if (scenario !== 'callee-refuses') return file;
  const written = path.join(dir, 'scenario.xml');
  await writeFile(written, (await readFile(file, 'utf8')).replace('SIP/2.0 [status]', `SIP/2.0 ${status}`));
  return written;
}

/** Held all at once while we look, so that they differ. */
export async function freeUdpPorts(count: number): Promise<number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'));
  await Promise.all(sockets.map((socket) => { socket.bind(0, '127.0.0.1'); return once(socket, 'listening'); }));
  const ports = sockets.map((socket) => socket.address().port);
  await Promise.all(sockets.map((socket) => { socket.close(); return once(socket, 'close'); }));
  return ports;
}
