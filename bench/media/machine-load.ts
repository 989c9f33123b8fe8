import { readFileSync } from 'node:fs';

/** What the whole machine did between two moments, in CPU milliseconds: proc(5), first line of /proc/stat. */
export interface MachineLoad {
  readonly busyMs: number;
  /** Taken by other guests of the host. */
  readonly stolenMs: number;
}

const MS_PER_TICK = 10; // USER_HZ is 100, fixed by Linux's ABI

/** Counters since boot; zero where there is no /proc. */
export function machineLoad(): MachineLoad {
  let line: string;
  try {
    line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  } catch {
    return { busyMs: 0, stolenMs: 0 }; // not Linux: the figures are left out of the judgement
  }
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return { busyMs: (user + nice + system + irq + softirq) * MS_PER_TICK, stolenMs: steal * MS_PER_TICK };
}
