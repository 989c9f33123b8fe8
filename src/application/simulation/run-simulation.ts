import type { CallReport } from '../../domain/simulation/call-report.js';
import type { CallScript } from '../../domain/simulation/script.js';
import { pause } from './pause.js';
import { SimulatedCall } from './simulated-call.js';
import type { SimulationPorts } from './simulation-ports.js';

export interface SimulationPlan {
  readonly scripts: readonly CallScript[];
  /** How often each script is run. */
  readonly repeat: number;
  /** Calls at once. */
  readonly concurrency: number;
  /** Pause between the first calls, so that they do not all ring in one instant. */
  readonly staggerMs: number;
}

/** Places all calls of the plan, as many at once as it allows. Reports in the order of the plan; those not begun when the signal aborts are left out. */
export async function runSimulation(ports: SimulationPorts, plan: SimulationPlan, signal: AbortSignal): Promise<readonly CallReport[]> {
  const jobs = callsOf(plan);
  const reports = new Array<CallReport | null>(jobs.length).fill(null);
  let next = 0;
  const line = async (index: number): Promise<void> => {
    if (index > 0) await pause(ports.clock, index * plan.staggerMs, signal).catch(() => undefined); // stopped: seen below
    for (let job = jobs[next]; job !== undefined && !signal.aborted; job = jobs[next]) {
      const slot = next;
      next += 1;
      reports[slot] = await new SimulatedCall(ports, job.script, job.name).place(signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(plan.concurrency, jobs.length) }, (_, index) => line(index)));
  return reports.filter((report) => report !== null);
}

interface Job {
  readonly script: CallScript;
  readonly name: string;
}

/** Scripts in turn, `repeat` times over; names tell repetitions, and scripts of one name, apart. */
function callsOf({ scripts, repeat }: SimulationPlan): readonly Job[] {
  const used = new Map<string, number>();
  const all = Array.from({ length: repeat }, () => scripts).flat();
  const clashes = (name: string): boolean => all.filter((script) => script.name === name).length > 1;
  return all.map((script) => {
    const count = (used.get(script.name) ?? 0) + 1;
    used.set(script.name, count);
    return { script, name: clashes(script.name) ? `${script.name}-${count}` : script.name };
  });
}
