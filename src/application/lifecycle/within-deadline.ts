import type { Clock } from '../ports/clock.js';
import { deadline } from './deadline.js';
import { orAborted } from './or-aborted.js';

/** Waits for `work`, `limitMs` at most and not past an abort of `parent`; rejects with the reason then, though `work` ignores its signal. */
export async function withinDeadline<Result>(clock: Clock, limitMs: number, work: (limit: AbortSignal) => Promise<Result>, parent?: AbortSignal): Promise<Result> {
  const limit = deadline(clock, limitMs, parent);
  try {
    return await orAborted(work(limit.signal), limit.signal);
  } finally {
    limit.clear();
  }
}
