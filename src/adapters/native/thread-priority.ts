import { LINUX, systemCalls } from './system-calls.js';

/**
 * Gives the calling thread a nice value (negative is before others). On Linux niceness belongs to the thread.
 * Returns the nice value the thread has afterwards: without CAP_SYS_NICE a negative one is refused and nothing changes.
 */
export function setThreadNice(nice: number): number {
  const calls = systemCalls();
  const thread = calls.gettid();
  calls.setpriority(LINUX.PRIO_PROCESS, thread, nice);
  return calls.getpriority(LINUX.PRIO_PROCESS, thread);
}

const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x4000_0000;

/**
 * Puts the calling thread before every normal one (sched(7): SCHED_RR at its lowest priority). A nice value counts only within
 * the session the process was started in (autogroup) or its cgroup: beside busy programs of others it is worth little. Threads
 * and processes made by this one are normal again. False where it is not permitted: it takes CAP_SYS_NICE or RLIMIT_RTPRIO.
 */
export function setThreadRealTime(): boolean {
  const calls = systemCalls();
  return calls.sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, Int32Array.of(1)) === 0;
}
