/**
 * A real Redis for one test suite: its own port, its own directory, nothing kept on disk unless asked for. It ends with the
 * test process, even when that is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';

const START_TIMEOUT_MS = 10_000;

export interface RedisServerOptions {
  /** Every write is on the disk before it is answered, so that `kill` loses nothing that was acknowledged. Default false. */
  readonly durable?: boolean;
}

export class RedisServer {
  private constructor(
    private child: ChildProcess, readonly port: number, private readonly directory: string, private readonly options: RedisServerOptions,
  ) {}

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-redis-'));
    const port = await freePort();
    return new RedisServer(await launch(port, directory, options), port, directory, options);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** A connection past the code under test, to arrange or to inspect. The caller closes it. */
  connect(): Redis {
    return new Redis(this.url);
  }

  /** Holds the process still (SIGSTOP): sockets stay open, and nobody answers. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  /** Starts it again on the same port, with what the disk has kept. */
  async restart(): Promise<void> {
    await this.kill();
    this.child = await launch(this.port, this.directory, this.options);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function launch(port: number, directory: string, { durable = false }: RedisServerOptions): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', durable ? 'yes' : 'no', '--appendfsync', 'always'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', ...args], { stdio: 'ignore' });
  await once(child, 'spawn');
  const end = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (await answers(port)) return child;
    if (child.exitCode !== null || Date.now() > end) throw new Error('redis-server did not start');
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { socket.write('PING\r\n'); });
    let answered = false;
    socket.on('data', (data) => { answered = data.toString().startsWith('+PONG'); socket.destroy(); });
    socket.on('error', () => { socket.destroy(); }); // not up yet: asked again
    socket.on('close', () => { resolve(answered); });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
