import type { Cancel, Clock } from '../ports/clock.js';

export interface Deadline {
  /** Aborts when the parent aborts or the time is up. */
  readonly signal: AbortSignal;
  /** True when it was the time, not the parent. */
  readonly expired: boolean;
  /** Begins the time anew: for work that may take long but must not stand still. */
  extend(): void;
  /** Frees the timer; call it when the work is done. */
  clear(): void;
}

/** A child of `parent` that lives `limitMs` at most, measured on `clock` so that tests move time by hand. Infinity: as long as its parent. */
export function deadline(clock: Clock, limitMs: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  const startTimer = (): Cancel => (limitMs === Infinity ? () => undefined : clock.after(limitMs, () => {
    expired = true;
    controller.abort(new Error(`deadline of ${limitMs} ms passed`));
  }));
  let cancelTimer = startTimer();
  const onParentAbort = (): void => {
    cancelTimer();
    controller.abort(parent?.reason);
  };
  if (parent?.aborted === true) onParentAbort();
  else parent?.addEventListener('abort', onParentAbort, { once: true });
  return {
    signal: controller.signal,
    get expired() { return expired; },
    extend() {
      cancelTimer();
      if (!controller.signal.aborted) cancelTimer = startTimer();
    },
    clear() {
      cancelTimer();
      parent?.removeEventListener('abort', onParentAbort);
    },
  };
}
