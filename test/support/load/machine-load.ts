import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

const MS_PER_TICK = 10; // USER_HZ

export interface MachineSample {
  readonly busyMs: number;
  readonly stolenMs: number;
}

/** CPU time of the whole machine since boot, proc(5) /proc/stat: user nice system idle iowait irq softirq steal. */
export function machineSample(): MachineSample {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.trim().split(/\s+/).slice(1).map(Number);
  return { busyMs: (user + nice + system + irq + softirq) * MS_PER_TICK, stolenMs: steal * MS_PER_TICK };
}

/** CPU time of a process with all its threads since it began, proc(5): utime and stime; 0 when it is gone. */
export function processCpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return 0; // it ended while we looked
  }
}

export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly node: string;
}

export function machine(): Machine {
  return { cpu: cpus()[0]?.model ?? 'unknown', cpus: availableParallelism(), node: process.version };
}
