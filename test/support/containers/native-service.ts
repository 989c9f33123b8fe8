/** A service of a compose file as a plain process: the very command, environment and health check, paths and addresses translated. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface NativeServiceOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Numeric user without rights, when we may become it. Null: stay who we are. */
  readonly uid: number | null;
}

const HEALTHY_TIMEOUT_MS = 60_000;
const HEALTH_CHECK_TIMEOUT_MS = 10_000;
/** A health check is a program: more often would slow down what it waits for. */
const POLL_MS = 500;
const STOP_TIMEOUT_MS = 15_000;
const KEPT_OUTPUT_CHARACTERS = 100_000;

export class NativeService {
  private text = '';
  private startError: Error | null = null;

  private constructor(private readonly options: NativeServiceOptions, private readonly child: ChildProcess) {
    const keep = (chunk: string): void => { this.text = (this.text + chunk).slice(-KEPT_OUTPUT_CHARACTERS); };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => { this.startError = error; });
  }

  /** Begins it; it ends with this process, however that ends. */
  static start(options: NativeServiceOptions): NativeService {
    const guarded = ['setpriv', '--pdeathsig', 'KILL', '--', ...options.command];
    return new NativeService(options, spawnAs(options, guarded, true));
  }

  get output(): string {
    return this.text;
  }

  /** Waits until the health check says yes, as `condition: service_healthy` does. */
  async healthy(): Promise<void> {
    const { name } = this.options;
    const end = Date.now() + HEALTHY_TIMEOUT_MS;
    for (;;) {
      const complaint = await this.checkHealth();
      if (complaint === null) return;
      if (this.startError !== null || !this.running) throw new Error(`${name} ended at start: ${this.startError?.message ?? ''}\n${this.text}`);
      if (Date.now() > end) throw new Error(`${name} is not healthy: ${complaint}\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** One health check. Null: healthy. */
  async checkHealth(): Promise<string | null> {
    const check = spawnAs(this.options, this.options.healthCheck, false);
    let output = '';
    const keep = (chunk: Buffer): void => { output += chunk.toString(); };
    check.stdout?.on('data', keep);
    check.stderr?.on('data', keep);
    const limit = setTimeout(() => check.kill('SIGKILL'), HEALTH_CHECK_TIMEOUT_MS);
    const ended = await once(check, 'close').catch((error: unknown) => [error]);
    clearTimeout(limit);
    return ended[0] === 0 ? null : `${this.options.healthCheck.join(' ')}: ${String(ended[0])} ${output}`;
  }

  /** SIGTERM and a wait, as `docker compose stop`; then the rest of its processes are ended, as with a container. The exit code. */
  async stop(): Promise<number | null> {
    if (this.running) {
      const ended = once(this.child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
      this.child.kill('SIGTERM');
      await ended.catch(() => null); // it did not obey: by force, below
    }
    if (this.child.pid !== undefined) endGroup(this.child.pid);
    if (this.running) await once(this.child, 'exit');
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    return this.child.exitCode;
  }

  private get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }
}

function spawnAs({ environment, workingDirectory, uid }: NativeServiceOptions, command: readonly string[], ownGroup: boolean): ChildProcess {
  const user = uid === null ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs', '--'];
  const [program = '', ...args] = [...user, ...command];
  return spawn(program, args, { cwd: workingDirectory, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: ownGroup });
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // nobody of the group is left
  }
}
