/** How busy a process is. */
export interface LoadReading {
  /** Time that callbacks waited for the event loop over the last seconds, 99th percentile. */
  readonly loopDelayP99Ms: number;
  /** Resident memory over what the process may have, 0 to 1. */
  readonly memoryShare: number;
}

export interface LoadLimits {
  readonly loopDelayP99MsMax: number;
  readonly memoryShareMax: number;
}

/** Below this part of a limit an overload is over: a node at its limit must not take every second call. */
const RECOVERED_SHARE = 0.9;

/** Whether a node may take no more calls. With `before` an overload lasts until every figure is clearly under its limit. */
export function overloaded(reading: LoadReading, limits: LoadLimits, before: boolean): boolean {
  const share = before ? RECOVERED_SHARE : 1;
  return reading.loopDelayP99Ms > limits.loopDelayP99MsMax * share || reading.memoryShare > limits.memoryShareMax * share;
}
