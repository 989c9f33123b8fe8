/** Types of process-identity.mjs for TypeScript callers. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot: together with the pid it names one process for ever. */
  readonly startTicks: number;
}

export function processIdentity(pid: number): ProcessIdentity | undefined;
export function sameProcess(identity: ProcessIdentity): boolean;
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void;
export function endProcess(identity: ProcessIdentity, options?: { readonly graceMs?: number }): Promise<'gone' | 'stopped' | 'killed'>;
