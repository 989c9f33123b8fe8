import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const STOP_TIMEOUT_MS = 8000;
const KEPT_OUTPUT_CHARACTERS = 200_000;

export interface ChildProgramOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves when the program can be used; asked again every 50 ms. */
  readonly ready: (output: string) => boolean | Promise<boolean>;
  readonly readyTimeoutMs: number;
}

/** A Node program of ours run as its own process by a test: waits until it is ready, keeps its output, ends with the test. */
export class ChildProgram {
  private text = '';

  private constructor(readonly name: string, private readonly child: ChildProcess) {
    const keep = (chunk: string): void => { this.text = (this.text + chunk).slice(-KEPT_OUTPUT_CHARACTERS); };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
  }

  static async start(options: ChildProgramOptions): Promise<ChildProgram> {
    const child = spawn(process.execPath, options.args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
    const program = new ChildProgram(options.name, child);
    try {
      await program.untilReady(options);
    } catch (error) {
      await program.stop('SIGKILL');
      throw error;
    }
    return program;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get output(): string {
    return this.text;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  /** Waits for the program to end by itself. Null: ended by a signal. */
  async ended(timeoutMs: number): Promise<number | null> {
    if (this.running) await once(this.child, 'exit', { signal: AbortSignal.timeout(timeoutMs) });
    return this.child.exitCode;
  }

  /** Ends it by `signal`, and by force if it does not obey. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.signal(signal);
    try {
      await this.ended(STOP_TIMEOUT_MS);
    } catch {
      this.signal('SIGKILL'); // it did not obey in time
      await this.ended(STOP_TIMEOUT_MS);
    }
  }

  private async untilReady(options: ChildProgramOptions): Promise<void> {
    const end = Date.now() + options.readyTimeoutMs;
    while (!(await options.ready(this.text))) {
      if (!this.running) throw new Error(`${options.name} ended at start:\n${this.text}`);
      if (Date.now() > end) throw new Error(`${options.name} was not ready after ${options.readyTimeoutMs} ms:\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
