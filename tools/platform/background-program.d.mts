/** Types of background-program.mjs for TypeScript callers. */
export interface ProgramOptions {
  readonly name: string;
  readonly dir: string;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly ready: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
}

export function startProgram(options: ProgramOptions): Promise<void>;
export function stopProgram(dir: string, name: string, options?: { readonly graceMs?: number }): Promise<'gone' | 'stopped' | 'killed'>;
export function programRuns(dir: string, name: string): Promise<boolean>;
