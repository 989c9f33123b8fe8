import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchCommand } from './messages.js';

const ANSWER_TIMEOUT_MS = 60_000;
const KILL_AFTER_MS = 5000;

/** A child of the bench on a core of its own, spoken to over IPC. `M` is what it says. */
export class BenchProcess<M extends { readonly type: string }> {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts `module` (a sibling, named with .js) with one JSON argument; pinned to `cpu` by taskset when a number is given. */
  static start<M extends { readonly type: string }>(module: string, input: unknown, cpu: number | undefined): BenchProcess<M> {
    const file = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? module.replace(/\.js$/, '.ts') : module, import.meta.url));
    const command = [process.execPath, ...process.execArgv, file, JSON.stringify(input)];
    const pinned = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
    const [program = '', ...args] = pinned;
    return new BenchProcess<M>(spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
  }

  tell(command: BenchCommand): void {
    this.child.send(command);
  }

  /** The next message, which must be of this type. */
  async answer<T extends M['type']>(type: T): Promise<Extract<M, { type: T }>> {
    const gone = new AbortController();
    const onGone = (): void => { gone.abort(); };
    this.child.once('exit', onGone);
    try {
      const [message] = await once(this.child, 'message', { signal: AbortSignal.any([gone.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]) }) as [M];
      if (message.type !== type) throw new Error(`expected ${type}, got ${message.type}`);
      return message as Extract<M, { type: T }>;
    } finally {
      this.child.off('exit', onGone);
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    if (this.child.connected) this.tell({ type: 'stop' });
    const timer = setTimeout(() => { this.child.kill('SIGKILL'); }, KILL_AFTER_MS);
    await exit;
    clearTimeout(timer);
  }
}
