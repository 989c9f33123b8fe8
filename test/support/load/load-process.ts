import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const END_TIMEOUT_MS = 15_000;
const LAST_WORDS_CHARACTERS = 2000;

export interface LoadProcessOptions {
  readonly name: string;
  /** `new URL('./x-program.js', import.meta.url)`, with `.js` from source too. */
  readonly program: URL;
  readonly args?: readonly string[];
  /** Variables on top of ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  /** CPU it may run on; null: any. */
  readonly cpu: number | null;
  /** Where its output goes. */
  readonly logFile: string;
}

/** A program of a load in a process of its own, on a CPU of its own, spoken to by messages. */
export class LoadProcess<Command extends object, Message extends { readonly type: string }> {
  /** Everything but the answers that somebody waits for. */
  onMessage: (message: Message) => void = () => undefined;
  private readonly awaited = new Map<string, (message: Message) => void>();
  private readonly exited: Promise<unknown>;

  private constructor(private readonly name: string, private readonly child: ChildProcess, private readonly logFile: string) {
    child.on('message', (message: Message) => {
      const resolve = this.awaited.get(message.type);
      this.awaited.delete(message.type);
      if (resolve) resolve(message); else this.onMessage(message);
    });
    this.exited = once(child, 'exit');
  }

  static async start<C extends object, M extends { readonly type: string }>(options: LoadProcessOptions): Promise<LoadProcess<C, M>> {
    const log: FileHandle = await open(options.logFile, 'a');
    try {
      const node = [process.execPath, ...(options.nodeArgs ?? []), ...entry(options.program), ...(options.args ?? [])];
      const [command = '', ...args] = options.cpu === null ? node : ['taskset', '-c', String(options.cpu), ...node];
      const child = spawn(command, args, { stdio: ['ignore', log.fd, log.fd, 'ipc'], env: { ...process.env, ...options.env } });
      return new LoadProcess<C, M>(options.name, child, options.logFile);
    } finally {
      await log.close();
    }
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  send(command: Command): void {
    if (this.child.connected) this.child.send(command);
  }

  /** The next message of this type. Rejects when the process ends first, or does not answer in time. */
  async next<Type extends Message['type']>(type: Type, timeoutMs: number): Promise<Extract<Message, { type: Type }>> {
    const message = new Promise<Message>((resolve) => { this.awaited.set(type, resolve); });
    const timeout = new AbortController();
    try {
      return await Promise.race([message, this.died(type), this.late(type, timeoutMs, timeout.signal)]) as Extract<Message, { type: Type }>;
    } finally {
      timeout.abort();
    }
  }

  /** Sends `command`; its answer is the next message of this type. */
  ask<Type extends Message['type']>(command: Command, type: Type, timeoutMs = 10_000): Promise<Extract<Message, { type: Type }>> {
    const answer = this.next(type, timeoutMs);
    this.send(command);
    return answer;
  }

  /** Tells it to end, and ends it by force when it does not. */
  async end(command: Command): Promise<void> {
    this.send(command);
    const timer = setTimeout(() => { this.child.kill('SIGKILL'); }, END_TIMEOUT_MS);
    if (this.child.exitCode === null && this.child.signalCode === null) await this.exited;
    clearTimeout(timer);
  }

  private lastWords(): string {
    return readFileSync(this.logFile, 'utf8').slice(-LAST_WORDS_CHARACTERS);
  }

  private async died(awaited: string): Promise<never> {
    await this.exited;
    throw new Error(`${this.name} ended before it said "${awaited}":\n${this.lastWords()}`);
  }

  private late(awaited: string, timeoutMs: number, signal: AbortSignal): Promise<never> {
    return new Promise((_resolve, reject) => {
      const timer = setTimeout(() => { reject(new Error(`${this.name} did not say "${awaited}" within ${timeoutMs} ms:\n${this.lastWords()}`)); }, timeoutMs);
      signal.addEventListener('abort', () => { clearTimeout(timer); }, { once: true });
    });
  }
}

/** From source the program is TypeScript and needs tsx. */
function entry(program: URL): readonly string[] {
  const compiled = fileURLToPath(program);
  return existsSync(compiled) ? [compiled] : ['--import', 'tsx', compiled.replace(/\.js$/, '.ts')];
}

/** Whether processes can be tied to CPUs here. */
export function canPin(): boolean {
  return spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;
}
